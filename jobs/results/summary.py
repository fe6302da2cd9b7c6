"""A job in a few numbers, for people and scripts."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from pydantic import JsonValue

from jobs.results.evaluation_summary import summarize_evaluation
from jobs.results.explanation_summary import summarize_explanation
from jobs.results.report import Report
from jobs.results.trial_run import TrialRun, leaderboard


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


def _import(reports: tuple[Report, ...]) -> dict[str, Any]:
    model = next((report.model for report in reports if report.model is not None), None)
    if model is None:
        return {}
    names = ("image_size", "preprocessing", "feature_layer")
    measured = {name: value for report in reports for name, value in report.values.items()}
    return {
        "model_id": model.id,
        "classes": len(model.class_names),
        **{name: getattr(model, name) for name in names},
        **measured,
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


def _preview(reports: tuple[Report, ...]) -> dict[str, Any]:
    return {**reports[0].values, "skipped": len(reports[0].skipped)}


def _list(value: JsonValue) -> list[JsonValue]:
    return value if isinstance(value, list) else []


_SUMMARIES: Mapping[str, Callable[[tuple[Report, ...]], dict[str, Any]]] = {
    "train": _training,
    "explain": summarize_explanation,
    "evaluate": summarize_evaluation,
    "preview": _preview,
    "sweep": _sweep,
    "import": _import,
}
