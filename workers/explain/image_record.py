"""From what was found in an image to its record."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

from jobs.artifact import Artifact
from jobs.explain_spec import ExplainSpec
from jobs.model import PublishedModel
from jobs.record import ClassScore, ImageRecord, MethodRecord
from ml.datasets import Example
from ml.explainer import ImageExplanation


@dataclass(frozen=True)
class MethodSettings:
    """With what each method worked, by method; the same for all images of a job."""

    layers: Mapping[str, str]
    baselines: Mapping[str, str]


def method_settings(spec: ExplainSpec, model: PublishedModel) -> MethodSettings:
    """The layer and the baseline as they are recorded."""
    return MethodSettings(
        layers={"gradcam": spec.layer or model.feature_layer},
        baselines={"integrated_gradients": spec.ig.baseline},
    )


def image_record(
    example: Example,
    explanation: ImageExplanation,
    pictures: Mapping[str, Artifact],
    *,
    measured: Mapping[str, Mapping[str, float]],
    raw_row: int | None,
    settings: MethodSettings,
) -> ImageRecord:
    """All that is known of an explained image.

    Args:
        pictures: the stored overlay of each method that has one.
        measured: numbers by method and by name, beside those that the explainer found.
        raw_row: row of the image in the shard's raw maps, if they are kept.
    """
    return ImageRecord(
        image_id=example.image_id,
        index=example.index,
        label=example.label,
        prediction=explanation.prediction,
        confidence=explanation.confidence,
        top=tuple(
            ClassScore(label=label, probability=share, logit=_finite(explanation.logits[label]))
            for label, share in explanation.top
        ),
        target=explanation.target,
        target_logit=_finite(explanation.logits[explanation.target]),
        methods=tuple(
            MethodRecord(
                method=name,
                overlay=pictures.get(name),
                raw_row=raw_row,
                layer=settings.layers.get(name),
                baseline=settings.baselines.get(name),
                flags=found.flags,
                values={key: _finite(value) for key, value in {**found.metrics, **measured[name]}.items()},
            )
            for name, found in explanation.methods.items()
        ),
    )


def failure_record(example: Example, error: str) -> ImageRecord:
    """An image that has no explanation, and why."""
    return ImageRecord(image_id=example.image_id, index=example.index, label=example.label, error=error)


def _finite(value: float) -> float | None:
    """A number as JSON can hold it."""
    return float(value) if math.isfinite(value) else None
