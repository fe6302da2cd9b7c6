"""A preview from plan to picture, with real Redis and the real augmentation."""

from __future__ import annotations

import dataclasses
import io
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from fastapi.testclient import TestClient
from PIL import Image

from api.app import create_app
from dispatch.submission import submit
from jobs import keys
from jobs.job import JobEnd
from jobs.specs.spec import spec_adapter
from jobs.state import JobState
from ml.data.datasets import Example, read
from tests.services.gathered import stored_report
from workers.inputs import dataset_source
from workers.lifecycle.run_step import run_step
from workers.step.services import Services

pytestmark = pytest.mark.figures


def run_preview(services: Services, **changes: Any) -> tuple[str, JobEnd]:
    document = {"kind": "preview", "dataset": "synthetic_flowers", "images": 5, "image_size": 64, **changes}
    spec = spec_adapter.validate_python(document)
    job_id = submit(spec, store=services.store, board=services.board, queue=services.queue).job.id
    for step in ("plan", "preview", "finalize"):
        run_step(job_id, step, services)
    return job_id, JobEnd.decode(services.store.get(keys.end(job_id)))


def picture_of(services: Services, job_id: str) -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]]:
    report = stored_report(services.store, job_id, "preview")
    assert [artifact.name for artifact in report.artifacts] == ["figures/preview.png"]
    with Image.open(io.BytesIO(services.store.get(report.artifacts[0].key))) as picture:
        return np.asarray(picture)


def test_a_preview_is_one_picture_that_the_seed_decides(services: Services) -> None:
    job_id, end = run_preview(services)
    assert end.state is JobState.SUCCEEDED
    assert end.summary == {"images": 5, "skipped": 0}
    app = create_app(store=services.store, board=services.board, queue=services.queue)
    assert "artifacts/figures/preview.png" in TestClient(app).get(f"/jobs/{job_id}").text
    again, _ = run_preview(services)
    other, _ = run_preview(services, seed=1)
    assert (picture_of(services, job_id) == picture_of(services, again)).all()
    assert (picture_of(services, job_id) != picture_of(services, other)).any()


def test_an_image_that_cannot_be_shown_is_left_out_and_named(
    services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    def reader(*args: Any, **options: Any) -> Iterator[Example]:
        for example in read(*args, **options):
            yield dataclasses.replace(example, image=None, error="torn") if example.label == 0 else example

    monkeypatch.setattr(dataset_source, "read", reader)
    _, end = run_preview(services, images=30)
    assert end.state is JobState.COMPLETED_WITH_ERRORS
    assert end.summary is not None
    assert end.summary["images"] + end.summary["skipped"] == 30
    assert end.summary["skipped"] > 0


@pytest.mark.parametrize("label", [9, -1])
def test_an_image_whose_label_is_no_class_is_left_out_and_named(
    services: Services, monkeypatch: pytest.MonkeyPatch, label: int
) -> None:
    def reader(*args: Any, **options: Any) -> Iterator[Example]:
        for example in read(*args, **options):
            yield dataclasses.replace(example, label=label) if example.label == 0 else example

    monkeypatch.setattr(dataset_source, "read", reader)
    job_id, end = run_preview(services, images=30)
    assert end.state is JobState.COMPLETED_WITH_ERRORS
    skipped = stored_report(services.store, job_id, "preview").skipped
    assert {reason for _, reason in skipped} == {f"its label {label} is out of range: there are 9 classes"}


def test_a_preview_of_nothing_but_bad_images_fails_and_says_so(
    services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    def reader(*args: Any, **options: Any) -> Iterator[Example]:
        return (dataclasses.replace(example, label=None) for example in read(*args, **options))

    monkeypatch.setattr(dataset_source, "read", reader)
    _, end = run_preview(services)
    assert end.state is JobState.FAILED
    assert end.error is not None
    assert "not one usable image" in end.error.message


def test_a_split_that_does_not_exist_is_refused_by_name(services: Services) -> None:
    _, end = run_preview(services, split="holdout")
    assert end.error is not None
    assert end.error.field == "split"
