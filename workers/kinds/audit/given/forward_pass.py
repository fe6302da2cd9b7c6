"""Logits and pooled features of images: those that an explanation has stored, and else by the network."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property

import numpy as np
import numpy.typing as npt

from jobs.errors import InvalidSpec
from jobs.models.model import PublishedModel
from jobs.specs.audit_spec import AuditSpec
from ml.errors import MlError
from ml.evaluation.feature_predictor import FeaturePredictor
from store.base import ObjectStore
from workers.inputs.stored_model import StoredModel, model_cache
from workers.kinds.audit.given.explained_features import Passed
from workers.kinds.explain.pooled_features import as_float16
from workers.step.step_context import StepContext


class ForwardPass:
    """Gives the logits (n, K) float32 and features (n, D) float16 of images; loads the network when it is needed.

    Args:
        spec: of the audit.
        context: of the step.
        known: what an explanation has stored, by the ids of its images.
    """

    def __init__(self, spec: AuditSpec, context: StepContext, *, known: Mapping[str, Passed]) -> None:
        self._spec, self._context, self._known = spec, context, known

    def __call__(
        self, image_ids: Sequence[str], images: npt.NDArray[np.uint8]
    ) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.float16]]:
        """Of images (n, H, W, 3), of the size that the model takes, with these ids."""
        new = [row for row, image_id in enumerate(image_ids) if image_id not in self._known]
        passed = dict(zip(new, self._computed(images[new]), strict=True)) if new else {}
        found = [passed.get(row) or self._known[image_id] for row, image_id in enumerate(image_ids)]
        return np.stack([each.logits for each in found]), np.stack([each.features for each in found])

    def _computed(self, images: npt.NDArray[np.uint8]) -> list[Passed]:
        logits, features = self._predictor(images)
        return [Passed(*row) for row in zip(logits, as_float16(features), strict=True)]

    @cached_property
    def _predictor(self) -> FeaturePredictor:
        context = self._context
        context.pulse.progress(0, message=f"{context.step}: loading the model")
        return predictor_of(context.plan.used_model, context.services.store, batch_size=self._spec.batch_size)


def predictor_of(model: PublishedModel, store: ObjectStore, *, batch_size: int) -> FeaturePredictor:
    """The compiled network of a published model.

    Raises:
        Corrupt: the checkpoint's bytes are not what was published.
        InvalidSpec: the model cannot be used.
    """
    try:
        return model_cache.get(StoredModel(model.checkpoint, store), _predictor, (model.feature_layer, batch_size))
    except MlError as error:
        raise InvalidSpec(str(error), field="model") from error


def _predictor(file: StoredModel, options: tuple[str | None, int]) -> FeaturePredictor:
    feature_layer, batch_size = options
    return FeaturePredictor(file.load(), feature_layer=feature_layer, batch_size=batch_size)
