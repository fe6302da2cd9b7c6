"""What is made of the model last used, kept: loading and compiling takes seconds, and a job has many shards."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import lru_cache
from typing import Any

from jobs.errors import InvalidSpec
from jobs.models.model import PublishedModel
from jobs.specs.explain_spec import ExplainSpec
from ml.attribution.explainer import Explainer, ExplainOptions
from ml.attribution.precision import default_precision
from ml.attribution.quality.faithfulness import TargetProbability
from ml.attribution.quality.randomization import Part, randomize
from ml.attribution.quality.target_probability import target_probability
from ml.errors import BadOption, MlError
from workers.inputs.stored_model import StoredModel
from workers.step.services import Services

PROBABILITY_BATCH = 32


def explainer_for(model: PublishedModel, spec: ExplainSpec, services: Services) -> Explainer:
    """An explainer for this model and these options, kept until another is asked for.

    Raises:
        Corrupt: the checkpoint's bytes are not what was published.
        InvalidSpec: the model cannot be explained as asked.
    """
    with _blamed_on(spec):
        return _explainer(StoredModel(model.checkpoint, services.store), _options(model, spec))


def randomized_explainer_for(model: PublishedModel, spec: ExplainSpec, services: Services, part: Part) -> Explainer:
    """The same explainer of a model that has forgotten a part; the labels that it is given are its targets.

    It computes in the precision that the explainer itself came to, else the maps would differ for that reason, too.

    Raises:
        Corrupt: the checkpoint's bytes are not what was published.
        InvalidSpec: that part has no weights.
    """
    precision = explainer_for(model, spec, services).precision
    options = replace(_options(model, spec), target="true", precision=precision)
    with _blamed_on(spec, otherwise="metrics"):
        return _randomized_explainer(StoredModel(model.checkpoint, services.store), options, part)


def probability_for(model: PublishedModel, spec: ExplainSpec, services: Services) -> TargetProbability:
    """The model's probability of a class, for ``PROBABILITY_BATCH`` images at a time.

    Raises:
        Corrupt: the checkpoint's bytes are not what was published.
    """
    return _probability(StoredModel(model.checkpoint, services.store), spec.layer or model.feature_layer)


def _options(model: PublishedModel, spec: ExplainSpec) -> ExplainOptions:
    return ExplainOptions(
        methods=spec.methods,
        target=spec.target,
        baseline=spec.ig.baseline,
        tolerance=spec.ig.tolerance,
        max_evaluations=spec.ig.max_evaluations,
        feature_layer=spec.layer or model.feature_layer,
        noise_samples=spec.noise.samples if spec.noise else 0,
        noise_stddev=spec.noise.stddev if spec.noise else 0.1,
        precision=spec.precision or default_precision(),
        batch_size=spec.batch_size,
        path_batch_size=spec.batch_size,
    )


@contextmanager
def _blamed_on(spec: ExplainSpec, *, otherwise: str = "model") -> Iterator[None]:
    """What the model cannot do is the caller's to mend, in the layer if that was chosen."""
    try:
        yield
    except BadOption as error:
        raise InvalidSpec(str(error), field=error.field) from error
    except MlError as error:
        of_layer = spec.layer is not None and repr(spec.layer) in str(error)
        raise InvalidSpec(str(error), field="layer" if of_layer else otherwise) from error


@lru_cache(maxsize=1)
def _model(checkpoint: StoredModel, layer: str) -> Any:
    """A model that is taken apart at one layer only: doing so leaves its marks on the graph behind the layer."""
    del layer
    return checkpoint.load()


@lru_cache(maxsize=1)
def _explainer(checkpoint: StoredModel, options: ExplainOptions) -> Explainer:
    return Explainer(_model(checkpoint, options.feature_layer), options)


@lru_cache(maxsize=1)
def _probability(checkpoint: StoredModel, layer: str) -> TargetProbability:
    return target_probability(_model(checkpoint, layer), batch_size=PROBABILITY_BATCH)


@lru_cache(maxsize=2)
def _randomized_explainer(checkpoint: StoredModel, options: ExplainOptions, part: Part) -> Explainer:
    model = checkpoint.load()
    randomize(model, part, feature_layer=options.feature_layer)
    return Explainer(model, options)
