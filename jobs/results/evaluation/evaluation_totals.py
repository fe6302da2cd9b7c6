"""Sums the results of an evaluation's shards, and computes errors from the sums."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from statistics import fmean

from pydantic import Field

from jobs.value import Value

BACKGROUND = "background"
"""The corruption that needs a mask of the object."""
_TRUE_MASK = "true mask"
Errors = Mapping[str, Mapping[int, float]]
"""Share of wrong predictions by corruption and severity."""


def corruption_errors(errors: Errors, *, baseline: Errors | None = None) -> dict[str, float | None]:
    """Error of each corruption over its severities.

    With a baseline it is the ratio of the two sums, CE = Σₛ E(s, c) / Σₛ E_baseline(s, c), where 1 means "as many
    errors as the baseline"; None where the baseline makes no error. Without one it is the mean error, not normalised.
    """
    if baseline is None:
        return {name: fmean(by_severity.values()) for name, by_severity in errors.items()}
    sums = {name: sum(baseline[name].values()) for name in errors}
    return {name: sum(errors[name].values()) / sums[name] if sums[name] else None for name in errors}


def mean_corruption_error(by_corruption: Mapping[str, float | None]) -> float | None:
    """Mean over the corruptions that have a value; None where none has."""
    known = [value for value in by_corruption.values() if value is not None]
    return fmean(known) if known else None


class BinTotals(Value):
    """The images in one bin of confidence: how many, the sum of their confidences, and how many are correct."""

    images: int = 0
    confidence: float = 0.0
    correct: int = 0


class ConditionTotals(Value):
    """Sums over all images under one corruption at one severity.

    Attributes:
        wrong: predictions that are not the true class.
        baseline_wrong: the same of the baseline model, if there is one.
        maps: images whose GradCAM maps, clean and corrupted, could be compared.
        map_correlation: sum of their rank correlations.
        map_distance: sum of the distances between their centres of mass, as shares of the side.
    """

    corruption: str
    severity: int
    wrong: int
    baseline_wrong: int | None = None
    maps: int = 0
    map_correlation: float = 0.0
    map_distance: float = 0.0


class ViewTotals(Value):
    """Sums over the clean images by the mean of several views, beside those of one view.

    Attributes:
        both: right by both; ``fixed`` by the mean alone, ``broken`` by one view alone.
        top5: images whose true class is among the five likeliest by the mean.
        loss: sum of cross-entropies of the mean, in nats.
    """

    both: int
    fixed: int
    broken: int
    top5: int
    loss: float


class EvaluationTotals(Value):
    """Sums over the clean images, and over the images under each condition.

    Attributes:
        images: how many were evaluated.
        top5: images whose true class is among the five likeliest.
        loss: sum of cross-entropies, in nats.
        masks: number of images by the source of their object mask: ``true mask``, ``gradcam``, ``none``.
        baseline: id of the baseline model.
        views: by the mean of several views; None where none were asked for.
    """

    images: int
    correct: int
    top5: int
    loss: float
    calibration: tuple[BinTotals, ...]
    conditions: tuple[ConditionTotals, ...] = ()
    masks: dict[str, int] = Field(default_factory=dict)
    baseline: str | None = None
    views: ViewTotals | None = None

    @property
    def true_masks(self) -> bool:
        """Whether all objects were told from their backgrounds by true masks, and none by the maps of this model."""
        return {source for source, images in self.masks.items() if images} == {_TRUE_MASK}

    def errors(self) -> Errors:
        """Share of wrong predictions by corruption and severity."""
        return self._shares({(each.corruption, each.severity): each.wrong for each in self.conditions})

    def baseline_errors(self) -> Errors | None:
        """The same of the baseline model, or None where there is none."""
        wrong = {(each.corruption, each.severity): each.baseline_wrong for each in self.conditions}
        known = {condition: count for condition, count in wrong.items() if count is not None}
        return self._shares(known) if known else None

    def _shares(self, wrong: dict[tuple[str, int], int]) -> Errors:
        errors: dict[str, dict[int, float]] = {}
        for (corruption, severity), count in wrong.items():
            errors.setdefault(corruption, {})[severity] = count / self.images
        return errors


def sum_totals(parts: Iterable[EvaluationTotals]) -> EvaluationTotals | None:
    """Sum the totals of several shards of one job; None without shards."""
    whole: EvaluationTotals | None = None
    for part in parts:
        whole = part if whole is None else _plus(whole, part)
    return whole


def _plus(one: EvaluationTotals, other: EvaluationTotals) -> EvaluationTotals:
    return EvaluationTotals(
        images=one.images + other.images,
        correct=one.correct + other.correct,
        top5=one.top5 + other.top5,
        loss=one.loss + other.loss,
        calibration=tuple(_bin(*pair) for pair in zip(one.calibration, other.calibration, strict=True)),
        conditions=tuple(_condition(*pair) for pair in zip(one.conditions, other.conditions, strict=True)),
        masks={name: one.masks.get(name, 0) + other.masks.get(name, 0) for name in {**one.masks, **other.masks}},
        baseline=one.baseline,
        views=_views(one.views, other.views) if one.views and other.views else None,
    )


def _bin(one: BinTotals, other: BinTotals) -> BinTotals:
    return BinTotals(
        images=one.images + other.images,
        confidence=one.confidence + other.confidence,
        correct=one.correct + other.correct,
    )


def _views(one: ViewTotals, other: ViewTotals) -> ViewTotals:
    return ViewTotals(
        both=one.both + other.both,
        fixed=one.fixed + other.fixed,
        broken=one.broken + other.broken,
        top5=one.top5 + other.top5,
        loss=one.loss + other.loss,
    )


def _condition(one: ConditionTotals, other: ConditionTotals) -> ConditionTotals:
    known = one.baseline_wrong is not None and other.baseline_wrong is not None
    return ConditionTotals(
        corruption=one.corruption,
        severity=one.severity,
        wrong=one.wrong + other.wrong,
        baseline_wrong=(one.baseline_wrong or 0) + (other.baseline_wrong or 0) if known else None,
        maps=one.maps + other.maps,
        map_correlation=one.map_correlation + other.map_correlation,
        map_distance=one.map_distance + other.map_distance,
    )
