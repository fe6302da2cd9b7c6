"""Summarises the demo from the API's answers, and checks whether it worked."""

from __future__ import annotations

from typing import Any

from cli.errors import DemoFailed
from florescope.job_view import JobView
from jobs.state import JobState

Json = dict[str, Any]


def summarize_demo(train: JobView, explain: JobView, *, wall_s: float, store_url: str) -> Json:
    """The contents of ``summary.json``; a value that the API did not give is None."""
    return {
        "dataset": train.spec.get("dataset"),
        "backbone": train.summary.get("backbone", train.spec.get("backbone")),
        "train_images": train.summary.get("train_images"),
        "test_images": train.summary.get("test_images"),
        "test_accuracy": train.summary.get("test_accuracy"),
        "images_explained": explain.summary.get("explained"),
        "methods": explain.spec.get("methods"),
        "ig_relative_delta_p50": explain.summary.get("relative_delta_p50"),
        "ig_relative_delta_p95": explain.summary.get("relative_delta_p95"),
        "heatmap_objects": explain.summary.get("heatmap_objects"),
        "wall_s": round(wall_s, 1),
        "job_ids": {"train": train.id, "explain": explain.id},
        "store_url": store_url,
    }


def require_success(summary: Json, jobs: tuple[JobView, ...], *, images: int) -> None:
    """Check that everything worked.

    Raises:
        DemoFailed: something did not; the message says what.
    """
    faults = [
        f"{job.kind} job {job.id} is {job.state.value}: {job.error or 'see its page or its log'}"
        for job in jobs
        if job.state is not JobState.SUCCEEDED
    ]
    faults += [f"the API gave no {name}" for name, value in summary.items() if value is None]
    if summary["images_explained"] not in (None, images):
        faults.append(f"{summary['images_explained']} images were explained, not {images}")
    if summary["heatmap_objects"] == 0:
        faults.append("no heatmap was stored")
    if faults:
        raise DemoFailed("\n".join(["the demo did not work:", *(f"  {fault}" for fault in faults)]))
