"""The last model's explainer, kept: loading and compiling takes seconds, and a job has many shards."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

from jobs.artifact import Artifact
from jobs.errors import InvalidSpec
from jobs.explain_spec import ExplainSpec
from jobs.model import PublishedModel
from ml.errors import MlError
from ml.explainer import Explainer, ExplainOptions
from ml.training import load_model
from store.base import ObjectStore
from workers.services import Services


def explainer_for(model: PublishedModel, spec: ExplainSpec, services: Services) -> Explainer:
    """An explainer for this model and these options, kept until another is asked for.

    Raises:
        Corrupt: the checkpoint's bytes are not what was published.
        InvalidSpec: the model cannot be explained as asked.
    """
    options = ExplainOptions(
        methods=spec.methods,
        target=spec.target,
        baseline=spec.ig.baseline,
        tolerance=spec.ig.tolerance,
        max_evaluations=spec.ig.max_evaluations,
        feature_layer=model.feature_layer,
    )
    try:
        return _explainer(_Checkpoint(model.checkpoint, services.store), options)
    except MlError as error:
        raise InvalidSpec(str(error), field="model") from error


@dataclass(frozen=True)
class _Checkpoint:
    """A file and where to get it; two of them are the same if the file is."""

    file: Artifact
    store: ObjectStore = field(compare=False)


@lru_cache(maxsize=1)
def _explainer(checkpoint: _Checkpoint, options: ExplainOptions) -> Explainer:
    with tempfile.TemporaryDirectory(prefix="florescope-") as folder:
        path = Path(folder) / "model.keras"
        checkpoint.store.get_file(checkpoint.file.key, path, sha256=checkpoint.file.sha256)
        return Explainer(load_model(path), options)
