"""Summarises an evaluation job: metrics on clean images, and under corruption."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from statistics import fmean
from typing import Any

from jobs.results.evaluation_totals import EvaluationTotals, corruption_errors, mean_corruption_error, sum_totals
from jobs.results.record import ImageRecord, Outcome
from jobs.results.report import Report


def summarize_evaluation(reports: tuple[Report, ...]) -> dict[str, Any]:
    """The summary of an evaluation, from its reports."""
    records = [record for report in reports for record in report.records]
    totals = sum_totals(EvaluationTotals.model_validate(report.values) for report in reports if report.values)
    failed = sum(record.error is not None for record in records)
    if totals is None:
        return {"images": len(records), "failed": failed}
    return {
        "images": len(records),
        "failed": failed,
        "accuracy": totals.correct / totals.images,
        "accuracy_top5": totals.top5 / totals.images,
        "mean_per_class_accuracy": _mean_per_class_accuracy(records),
        "loss": totals.loss / totals.images,
        "expected_calibration_error": totals.calibration_error(),
        **(_robustness(totals) if totals.conditions else {}),
    }


def _robustness(totals: EvaluationTotals) -> dict[str, Any]:
    errors = totals.errors()
    accuracies = {name: 1 - fmean(by_severity.values()) for name, by_severity in errors.items()}
    found = corruption_errors(errors, baseline=totals.baseline_errors())
    return {
        "mean_corrupted_accuracy": fmean(accuracies.values()),
        "mean_corruption_error": mean_corruption_error(found),
        "normalised_by": totals.baseline,
        "accuracy_under": accuracies,
        "background_told_from": totals.masks,
    }


def _mean_per_class_accuracy(records: Iterable[ImageRecord]) -> float:
    evaluated = [record for record in records if record.error is None]
    images = Counter(record.label for record in evaluated)
    correct = Counter(record.label for record in evaluated if record.outcome is Outcome.CORRECT)
    return fmean(correct[label] / count for label, count in images.items())
