"""The networks that were used last, kept: loading and compiling takes seconds, and a job has many shards."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

from jobs.artifact import Artifact
from jobs.errors import InvalidSpec
from jobs.model import PublishedModel
from ml.checkpoint import load_model
from ml.errors import MlError
from ml.seeing import MappingNetwork, Network, PlainNetwork
from store.base import ObjectStore
from workers.services import Services

# A model and the baseline that it is compared with.
_KEPT = 2


def network_of(model: PublishedModel, services: Services, *, batch_size: int, maps: bool) -> Network:
    """A compiled network, which draws GradCAM maps if they are wanted.

    Raises:
        Corrupt: the checkpoint's bytes are not what was published.
        InvalidSpec: the model cannot be used as asked.
    """
    feature_layer = model.feature_layer if maps else None
    try:
        return _network(_Checkpoint(model.checkpoint, services.store), feature_layer, batch_size)
    except MlError as error:
        raise InvalidSpec(str(error), field="model") from error


@dataclass(frozen=True)
class _Checkpoint:
    """A file and where to get it; two of them are the same if the file is."""

    file: Artifact
    store: ObjectStore = field(compare=False)


@lru_cache(maxsize=_KEPT)
def _network(checkpoint: _Checkpoint, feature_layer: str | None, batch_size: int) -> Network:
    with tempfile.TemporaryDirectory(prefix="florescope-") as folder:
        path = Path(folder) / "model.keras"
        checkpoint.store.get_file(checkpoint.file.key, path, sha256=checkpoint.file.sha256)
        model = load_model(path)
    if feature_layer is None:
        return PlainNetwork(model, batch_size=batch_size)
    return MappingNetwork(model, feature_layer=feature_layer, batch_size=batch_size)
