"""What a job builds from its model: an explainer, explainers of randomized copies, and a function of probabilities."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

from jobs.errors import InvalidSpec
from jobs.models.model import PublishedModel
from jobs.specs.explain_spec import RANDOMIZED_EVALUATIONS, ExplainSpec
from jobs.specs.scores import resolved_score
from ml.attribution.added_method import AddedMethod
from ml.attribution.explainer import Explainer, ExplainOptions
from ml.attribution.precision import default_precision
from ml.attribution.quality.faithfulness import TargetProbability
from ml.attribution.quality.randomization import cascade, randomize
from ml.attribution.quality.target_probability import target_probability
from ml.attribution.scores import Score
from ml.errors import BadOption, MlError
from ml.models.classifier import INPUT
from store.base import ObjectStore
from workers.inputs.stored_model import StoredModel, model_cache

PROBABILITY_BATCH = 32


@dataclass(frozen=True)
class ModelExplainers:
    """A published model, how it is to be explained, where its file lies, and methods that other packages add.

    Every method may raise Corrupt, where the file's bytes are not what was published.
    """

    model: PublishedModel
    spec: ExplainSpec
    store: ObjectStore
    added: tuple[AddedMethod, ...] = ()

    def explainer(self) -> Explainer:
        """An explainer of the model as it is.

        Raises:
            InvalidSpec: the model cannot be explained as asked.
        """
        with _blamed_on(self.spec):
            return model_cache.get(self._file, _explainer, self._options())

    def cascade(self) -> tuple[str, ...]:
        """The lowest layer that each stage of the randomisation draws anew.

        Raises:
            InvalidSpec: there is no head with weights.
        """
        with _blamed_on(self.spec, otherwise="metrics"):
            return cascade(model_cache.get(self._file, _loaded, self._layer), feature_layer=self._layer)

    def randomized(self, stage: int) -> Explainer:
        """The same of a copy with weights drawn anew down to this stage; the labels that it is given are its targets.

        It computes in the precision that the explainer itself came to, else the maps would differ for that reason, too.
        It makes no map of a contrast, and is to be given the foils of the model as it is: its own likeliest classes are
        others. A model with random weights hardly tells F(x) from F(x′), so the tolerance is of their difference as it
        is, and a path may well end by its evaluations, of which there are few.

        Raises:
            InvalidSpec: there is no head with weights.
        """
        options = replace(
            self._options(),
            target="true",
            contrast=False,
            precision=self.explainer().precision,
            max_evaluations=min(self.spec.ig.max_evaluations, RANDOMIZED_EVALUATIONS),
            smallest_difference=0.0,
        )
        with _blamed_on(self.spec, otherwise="metrics"):
            return model_cache.get(self._file, _randomized_explainer, (options, stage))

    def probability(self) -> TargetProbability:
        """The model's probability of a class, for ``PROBABILITY_BATCH`` images at a time."""
        return model_cache.get(self._file, _probability, self._layer)

    @property
    def _file(self) -> StoredModel:
        return StoredModel(self.model.checkpoint, self.store)

    @property
    def _layer(self) -> str:
        """Of the activations that are weighed; without any, the model is taken apart at its pixels."""
        return self.spec.layer or self.model.feature_layer or INPUT

    def _options(self) -> ExplainOptions:
        spec = self.spec
        return ExplainOptions(
            methods=spec.methods,
            added=self.added,
            target=spec.target,
            score=Score.parse(resolved_score(spec.score, self.model.class_names, model=self.model.id)),
            contrast=spec.contrast == "wrong",
            baseline=spec.ig.baseline,
            tolerance=spec.ig.tolerance,
            map_tolerance=spec.ig.map_tolerance,
            max_evaluations=spec.ig.max_evaluations,
            feature_layer=self._layer,
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


def _explainer(file: StoredModel, options: ExplainOptions) -> Explainer:
    return Explainer(model_cache.get(file, _loaded, options.feature_layer), options)


def _probability(file: StoredModel, layer: str) -> TargetProbability:
    return target_probability(model_cache.get(file, _loaded, layer), batch_size=PROBABILITY_BATCH)


def _randomized_explainer(file: StoredModel, asked: tuple[ExplainOptions, int]) -> Explainer:
    options, stage = asked
    model = file.load()
    randomize(model, stage, feature_layer=options.feature_layer)
    return Explainer(model, options)


def _loaded(file: StoredModel, layer: str) -> Any:
    """A model that is taken apart at one layer only: doing so adds operations to the graph behind the layer."""
    del layer
    return file.load()
