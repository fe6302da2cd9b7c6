"""A job in a few numbers, for people and scripts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from statistics import fmean, quantiles
from typing import Any

from jobs.corruption_error import corruption_errors, mean_corruption_error
from jobs.evaluation_totals import EvaluationTotals, added
from jobs.record import ImageRecord, Outcome
from jobs.report import Report

IG = "integrated_gradients"


def summarize(reports: tuple[Report, ...], *, kind: str) -> dict[str, Any]:
    """The numbers of a job of this kind, from the reports that it has."""
    return _SUMMARIES[kind](reports)


def _training(reports: tuple[Report, ...]) -> dict[str, Any]:
    model = next((report.model for report in reports if report.model is not None), None)
    if model is None:
        return {}
    names = ("train_images", "validation_images", "test_images", "test_accuracy", "test_loss", "backbone")
    return {
        "model_id": model.id,
        **{name: getattr(model, name) for name in names},
        "epochs": len(model.history),
        "skipped": sum(len(report.skipped) for report in reports),
    }


def _explanation(reports: tuple[Report, ...]) -> dict[str, Any]:
    records = [record for report in reports for record in report.records]
    outcomes = Counter(record.outcome for record in records)
    deltas = list(relative_deltas(records))
    judged = outcomes[Outcome.CORRECT] + outcomes[Outcome.WRONG]
    flags = Counter(flag for record in records for method in record.methods for flag in method.flags)
    artifacts = [artifact for report in reports for artifact in report.all_artifacts()]
    return {
        "images": len(records),
        "explained": len(records) - outcomes[Outcome.ERROR],
        "failed": outcomes[Outcome.ERROR],
        "accuracy": outcomes[Outcome.CORRECT] / judged if judged else None,
        "relative_delta_p50": percentile(deltas, 50),
        "relative_delta_p95": percentile(deltas, 95),
        "converged_share": 1 - flags["unconverged"] / len(deltas) if deltas else None,
        "flags": dict(flags),
        "artifacts": len(artifacts),
        "heatmap_objects": sum(artifact.key.endswith((".png", ".npz")) for artifact in artifacts),
    }


def _evaluation(reports: tuple[Report, ...]) -> dict[str, Any]:
    records = [record for report in reports for record in report.records]
    totals = added(EvaluationTotals.model_validate(report.values) for report in reports if report.values)
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
        "calibration_error": totals.calibration_error(),
        **(_robustness(totals) if totals.conditions else {}),
    }


def _preview(reports: tuple[Report, ...]) -> dict[str, Any]:
    return {**reports[0].values, "skipped": len(reports[0].skipped)}


def _robustness(totals: EvaluationTotals) -> dict[str, Any]:
    errors = totals.errors()
    accuracies = {name: 1 - fmean(by_severity.values()) for name, by_severity in errors.items()}
    found = corruption_errors(errors, baseline=totals.baseline_errors())
    return {
        "corrupted_accuracy": fmean(accuracies.values()),
        "mean_corruption_error": mean_corruption_error(found),
        "mean_corruption_error_against": totals.baseline or "no baseline: mean error",
        "accuracy_under": accuracies,
        "background_told_from": totals.masks,
    }


def _mean_per_class_accuracy(records: Iterable[ImageRecord]) -> float:
    judged = [record for record in records if record.error is None]
    images = Counter(record.label for record in judged)
    correct = Counter(record.label for record in judged if record.outcome is Outcome.CORRECT)
    return fmean(correct[label] / count for label, count in images.items())


def relative_deltas(records: Iterable[ImageRecord]) -> Iterable[float]:
    """|δ| / |F(x) − F(x′)| of every image that has one."""
    for record in records:
        method = record.method(IG)
        value = method.values.get("relative_delta") if method else None
        if value is not None:
            yield abs(value)


def percentile(values: list[float], percent: int) -> float | None:
    """Linear interpolation between order statistics; None of nothing."""
    if len(values) < 2:
        return values[0] if values else None
    return quantiles(values, n=100, method="inclusive")[percent - 1]


_SUMMARIES: Mapping[str, Callable[[tuple[Report, ...]], dict[str, Any]]] = {
    "train": _training,
    "explain": _explanation,
    "evaluate": _evaluation,
    "preview": _preview,
}
