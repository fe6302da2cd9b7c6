"""Folders of pictures in the store, and jobs on them, run step by step."""

from __future__ import annotations

import io
from typing import Any

from PIL import Image

from jobs import keys
from jobs.job import JobEnd
from jobs.plan import Plan
from jobs.results.record import ImageRecord
from jobs.state import JobState
from ml.data.datasets import describe, read
from tests.integration.workers.conftest import submit_explanation
from tests.services.gathered import stored_report
from workers.lifecycle.run_step import run_step
from workers.step.services import Services

CLASSES = describe("synthetic_flowers").class_names
FOLDER = "datasets/mine"
SMALL_TRAINING = {
    "kind": "train",
    "backbone": "SmallCNN",
    "weights": "none",
    "image_size": 32,
    "epochs": 1,
    "batch_size": 9,
}


def put_flowers(services: Services, split: str, *, count: int, prefix: str = "") -> None:
    """Flowers with right labels, class by class, as PNG files."""
    for example in read("synthetic_flowers", split, stop=count):
        assert example.image is not None
        assert example.label is not None
        buffer = io.BytesIO()
        Image.fromarray(example.image).resize((40, 40)).save(buffer, "PNG")
        name = CLASSES[example.label].replace(" ", "_")
        services.store.put(f"{FOLDER}/{prefix}{name}/{example.image_id}.png", buffer.getvalue())


def run_all(services: Services, job_id: str) -> JobEnd:
    run_step(job_id, "plan", services)
    if services.store.head(keys.end(job_id)) is None:
        for step in Plan.decode(services.store.get(keys.plan(job_id))).steps:
            run_step(job_id, step, services)
        run_step(job_id, "finalize", services)
    return JobEnd.decode(services.store.get(keys.end(job_id)))


def records(services: Services, job_id: str) -> dict[str, ImageRecord]:
    steps = [keys.step_of_report(info.key) for info in services.store.list(keys.reports(job_id))]
    found = (stored_report(services.store, job_id, step) for step in steps)
    return {record.image_id: record for report in found for record in report.records}


def explain(services: Services, **changes: Any) -> str:
    return submit_explanation(services, dataset=f"store:{FOLDER}", split="all", **changes)


def refusal(services: Services, job_id: str) -> tuple[str, str]:
    end = run_all(services, job_id)
    assert end.state is JobState.FAILED
    assert end.error is not None
    return end.error.field, end.error.message
