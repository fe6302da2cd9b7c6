"""Makes the record of an explained image."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

from jobs.models.artifact import Artifact
from jobs.models.model import PublishedModel
from jobs.results.record import ClassScore, ImageRecord, MethodRecord
from jobs.specs.explain_spec import ExplainSpec
from jobs.specs.installed_methods import describe_method
from ml.attribution.explainer import ImageExplanation, MethodExplanation
from ml.data.datasets import Example


@dataclass(frozen=True)
class MethodSettings:
    """With what each method worked, by method; the same for all images of a job."""

    layers: Mapping[str, str]
    baselines: Mapping[str, str]


def method_settings(spec: ExplainSpec, model: PublishedModel) -> MethodSettings:
    """The layer and the baseline as they are recorded."""
    layer = spec.layer or model.feature_layer
    return MethodSettings(
        layers={name: layer for name in spec.methods if describe_method(name).of_layer and layer},
        baselines={"integrated_gradients": spec.ig.baseline},
    )


def image_record(
    example: Example,
    explanation: ImageExplanation,
    pictures: Mapping[str, Artifact],
    *,
    measured: Mapping[str, Mapping[str, float]],
    raw_rows: Mapping[str, int],
    settings: MethodSettings,
) -> ImageRecord:
    """All that is known of an explained image.

    Args:
        pictures: the stored overlay of each map that has one, by the map's name.
        measured: numbers by the map's name and their own, beside those that the explainer found.
        raw_rows: rows of the maps in the shard's raw maps, by name, where they are kept.
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
            _method(
                explanation,
                name,
                settings=settings,
                overlay=pictures.get(name),
                raw_row=raw_rows.get(name),
                measured=measured[name],
            )
            for name in explanation.methods
        ),
    )


def target_of(explanation: ImageExplanation, found: MethodExplanation) -> int:
    """The class that a map speaks for."""
    return explanation.target if found.target is None else found.target


def _method(
    explanation: ImageExplanation,
    name: str,
    *,
    settings: MethodSettings,
    overlay: Artifact | None,
    raw_row: int | None,
    measured: Mapping[str, float],
) -> MethodRecord:
    found = explanation.methods[name]
    target = target_of(explanation, found)
    return MethodRecord(
        method=found.method,
        rank=_rank(explanation, name),
        target=target,
        target_logit=_finite(explanation.logits[target]),
        score=str(found.score),
        foil=found.foil,
        contrast=found.contrast,
        overlay=overlay,
        raw_row=raw_row,
        layer=settings.layers.get(found.method),
        baseline=settings.baselines.get(found.method),
        precision=explanation.precision,
        flags=found.flags,
        harder=found.harder,
        values={key: _finite(value) for key, value in {**found.metrics, **measured}.items()},
    )


def _rank(explanation: ImageExplanation, name: str) -> int:
    """Place of a map among those of the same method, which come with the likeliest class first."""
    asked = explanation.methods[name]
    if asked.contrast:
        return 1
    return [key for key, found in explanation.methods.items() if found.method == asked.method].index(name) + 1


def _finite(value: float) -> float | None:
    """A number as JSON can hold it."""
    return float(value) if math.isfinite(value) else None
