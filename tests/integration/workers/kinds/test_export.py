"""An export from plan to files, with real Redis and a real network."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from fastapi.testclient import TestClient

from api.app import create_app
from dispatch.submission import submit
from jobs import keys
from jobs.job import JobEnd
from jobs.specs.spec import spec_adapter
from jobs.state import JobState
from ml.data.datasets import describe
from ml.models.exporting import export
from ml.models.exporting.check_pictures import check_pictures
from ml.models.exporting.export import ALLOWED_DIFFERENCE, FORMATS, FileFormat
from ml.models.exporting.served_model import expected_probabilities
from ml.models.saved_model import load_model
from tests.integration.workers.conftest import SIZE
from tests.services.gathered import stored_report
from workers.lifecycle.run_step import run_step
from workers.step.services import Services

CLASSES = describe("synthetic_flowers").class_names


def run_export(services: Services, **changes: Any) -> tuple[str, JobEnd]:
    document = {"kind": "export", "model": "trained", "formats": ["keras"], "images": 6, **changes}
    spec = spec_adapter.validate_python(document)
    job_id = submit(spec, store=services.store, board=services.board, queue=services.queue).job.id
    for step in ("plan", "export", "finalize"):
        run_step(job_id, step, services)
    return job_id, JobEnd.decode(services.store.get(keys.end(job_id)))


def failing_onnx(write: Any) -> dict[str, FileFormat]:
    return {**FORMATS, "onnx": FileFormat(write, FORMATS["onnx"].run)}


def test_a_model_leaves_as_files_that_say_what_it_says(services: Services, checkpoint: bytes, tmp_path: Path) -> None:
    job_id, end = run_export(services, formats=["keras", "onnx"])
    assert end.state is JobState.SUCCEEDED, end.error
    assert end.summary is not None
    assert (end.summary["model_id"], end.summary["images"]) == ("trained", 6)
    assert set(end.summary["differences"]) == {"keras", "onnx"}
    assert 0 <= end.summary["export_difference"] <= ALLOWED_DIFFERENCE
    files = {file.name: file for file in stored_report(services.store, job_id, "export").artifacts}
    assert list(files) == ["model.keras", "model.onnx", "labels.txt"]
    assert services.store.get(files["labels.txt"].key).decode().splitlines() == list(CLASSES)
    original, path = tmp_path / "original.keras", tmp_path / "model.onnx"
    original.write_bytes(checkpoint)
    path.write_bytes(services.store.get(files["model.onnx"].key))
    pictures = check_pictures(SIZE, SIZE, 5)
    expected = expected_probabilities(load_model(original), pictures)
    np.testing.assert_allclose(FORMATS["onnx"].run(path, pictures), expected, atol=ALLOWED_DIFFERENCE)


def test_the_files_stand_on_the_page_of_the_job(services: Services) -> None:
    job_id, _ = run_export(services)
    app = create_app(store=services.store, board=services.board, queue=services.queue)
    page = TestClient(app).get(f"/jobs/{job_id}").text
    assert f"/v1/jobs/{job_id}/artifacts/model.keras" in page
    assert "run on 6 pictures" in page
    assert TestClient(app).get(f"/v1/jobs/{job_id}/artifacts/model.keras").content[:2] == b"PK"


def test_a_format_that_the_model_cannot_leave_in_is_named_and_the_others_are_kept(
    services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    def write(*_: Any) -> None:
        raise KeyError("no such operation")

    monkeypatch.setattr(export, "FORMATS", failing_onnx(write))
    job_id, end = run_export(services, formats=["onnx", "keras"])
    assert end.state is JobState.COMPLETED_WITH_ERRORS
    assert end.summary is not None
    assert "no such operation" in end.summary["refused"]["onnx"]
    app = create_app(store=services.store, board=services.board, queue=services.queue)
    page = TestClient(app).get(f"/jobs/{job_id}").text
    assert "refused: the converter failed: KeyError" in page
    _, end = run_export(services, formats=["onnx"])
    assert end.state is JobState.FAILED
    assert end.error is not None
    assert "none of these formats: onnx: the converter failed" in end.error.message


def test_a_model_that_does_not_exist_is_refused_by_name(services: Services) -> None:
    _, end = run_export(services, model="nobody")
    assert end.error is not None
    assert (end.error.field, end.state) == ("model", JobState.FAILED)
