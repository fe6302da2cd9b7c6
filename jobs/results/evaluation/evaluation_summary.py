"""Summarises an evaluation job: metrics on clean images, and under corruption."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from statistics import fmean
from typing import Any

from jobs.results.evaluation.evaluation_totals import (
    EvaluationTotals,
    corruption_errors,
    mean_corruption_error,
    sum_totals,
)
from jobs.results.image_counts import add_counts
from jobs.results.report import Report


def totals_of(reports: Iterable[Report]) -> EvaluationTotals | None:
    """The sums of all shards that judged an image, or None where none did."""
    return sum_totals(EvaluationTotals.model_validate(report.values) for report in reports if report.values)


def summarize_evaluation(
    reports: tuple[Report, ...], *, by_label: Mapping[int, tuple[int, int]], calibration: Mapping[str, Any]
) -> dict[str, Any]:
    """The numbers of an evaluation, from the reports that it has.

    ``by_label`` holds, for each class, how many images were scored and how many of them were right; ``calibration`` the
    expected calibration error and what to hold it against.
    """
    counts = add_counts(report.counts for report in reports)
    totals = totals_of(reports)
    if totals is None:
        return {"images": counts.images, "failed": counts.failed}
    return {
        "images": counts.images,
        "failed": counts.failed,
        "accuracy": totals.correct / totals.images,
        "accuracy_top5": totals.top5 / totals.images,
        "mean_per_class_accuracy": fmean(right / images for images, right in by_label.values()),
        "loss": totals.loss / totals.images,
        **calibration,
        **(_robustness(totals) if totals.conditions else {}),
    }


def _robustness(totals: EvaluationTotals) -> dict[str, Any]:
    errors = totals.errors()
    accuracies = {name: 1 - fmean(by_severity.values()) for name, by_severity in errors.items()}
    found = corruption_errors(errors, baseline=totals.baseline_errors())
    return {
        "mean_corrupted_accuracy": fmean(accuracies.values()),
        "mean_corrupted_error": 1 - fmean(accuracies.values()),
        "mean_corruption_error": mean_corruption_error(found),
        "normalised_by": totals.baseline,
        "accuracy_under": accuracies,
        "background_told_from": totals.masks,
    }
