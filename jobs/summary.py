"""A job in a few numbers, for people and scripts."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from jobs.evaluation_summary import summarize_evaluation
from jobs.explanation_summary import summarize_explanation
from jobs.report import Report


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


_SUMMARIES: Mapping[str, Callable[[tuple[Report, ...]], dict[str, Any]]] = {
    "train": _training,
    "explain": summarize_explanation,
    "evaluate": summarize_evaluation,
}
