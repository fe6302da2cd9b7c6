"""A job in a few numbers, for people and scripts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from statistics import quantiles
from typing import Any

from pydantic import JsonValue

from jobs.record import ImageRecord, Outcome
from jobs.report import Report
from jobs.trial_run import TrialRun, leaderboard

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


def _sweep(reports: tuple[Report, ...]) -> dict[str, Any]:
    runs = [TrialRun.model_validate(run) for report in reports for run in _list(report.values.get("runs"))]
    board = leaderboard(runs)
    if not board:
        return {}
    best = board[0]
    names = ("trial", "job_id", "settings", "epochs", "validation_accuracy", "validation_loss", "test_accuracy")
    return {
        "model_id": reports[0].job_id,
        "trials": len(board),
        "trainings": len(runs),
        "failed": sum(not run.usable for run in runs),
        "best": {name: getattr(best, name) for name in names},
    }


def _list(value: JsonValue) -> list[JsonValue]:
    return value if isinstance(value, list) else []


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
    "sweep": _sweep,
}
