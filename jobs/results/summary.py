"""Summarises trainings, imports, sweeps and previews, for people and scripts."""

from __future__ import annotations

from typing import Any

from pydantic import JsonValue

from jobs.models.model import PublishedModel
from jobs.results.report import Report
from jobs.results.trial_run import TrialRun, leaderboard


def summarize_training(reports: tuple[Report, ...]) -> dict[str, Any]:
    """The model that was trained, and its test accuracy."""
    model = next((report.model for report in reports if report.model is not None), None)
    if model is None:
        return {}
    names = ("train_images", "validation_images", "test_images", "test_accuracy", "test_loss", "backbone")
    return {
        "model_id": model.id,
        **{name: getattr(model, name) for name in names},
        **_choice(model),
        "epochs": len(model.history),
        "skipped": sum(len(report.skipped) for report in reports),
    }


def _choice(model: PublishedModel) -> dict[str, Any]:
    """Which weights are published, where means of epochs were tried, and both accuracies on the validation images."""
    mean, best = model.mean, model.best
    if mean is None or best is None:
        return {}
    return {
        "published": mean.in_words if mean.published else f"epoch {best.epoch}",
        "accuracy_of_best_epoch": best.validation_accuracy,
        "accuracy_of_mean": mean.validation_accuracy,
    }


def summarize_import(reports: tuple[Report, ...]) -> dict[str, Any]:
    """The model that was imported."""
    model = next((report.model for report in reports if report.model is not None), None)
    if model is None:
        return {}
    names = ("image_size", "image_width", "channels", "preprocessing", "feature_layer")
    measured = {name: value for report in reports for name, value in report.values.items()}
    return {
        "model_id": model.id,
        "classes": len(model.class_names),
        **{name: getattr(model, name) for name in names},
        **measured,
    }


def summarize_sweep(reports: tuple[Report, ...]) -> dict[str, Any]:
    """The best trial, and how many there were."""
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


def summarize_preview(reports: tuple[Report, ...]) -> dict[str, Any]:
    """How many images are shown, and how many were skipped."""
    return {**reports[0].values, "skipped": len(reports[0].skipped)}


def _list(value: JsonValue) -> list[JsonValue]:
    return value if isinstance(value, list) else []
