"""Jobs on data sets on disk, with a torn picture or with names that repeat: real files, real decoding."""

from __future__ import annotations

import dataclasses
import io
from pathlib import Path

import pytest
from PIL import Image

from jobs import keys
from jobs.job import JobEnd
from jobs.names.file_name import legal_name
from jobs.results.record import Outcome
from jobs.state import JobState
from tests.integration.workers.conftest import submit_explanation
from tests.services.gathered import outcomes, stored_report
from tests.services.tiny_dataset import NAME, Picture, write_dataset
from workers.lifecycle.run_step import run_step
from workers.step.services import DataFolders, Services

STEPS = ("plan", "shard-00000", "shard-00001", "finalize")
TORN = 2


def picture(index: int) -> Picture:
    buffer = io.BytesIO()
    Image.new("RGB", (40, 40), (30 * index, 90, 60)).save(buffer, "JPEG")
    data = buffer.getvalue()
    return Picture(data[: len(data) // 2] if index == TORN else data, index % 3, f"flower_{index}.jpg")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root: Path = tmp_path_factory.mktemp("tfds")
    write_dataset(root, {"test": [picture(index) for index in range(8)]})
    return root


def test_a_torn_picture_is_a_record_with_an_error_and_the_job_goes_on(services: Services, folder: Path) -> None:
    here = dataclasses.replace(services, folders=DataFolders(tfds=folder))
    job_id = submit_explanation(here, dataset=NAME, split="test", max_failure_rate=0.2)
    for step in STEPS:
        run_step(job_id, step, here)
    assert JobEnd.decode(here.store.get(keys.end(job_id))).state is JobState.COMPLETED_WITH_ERRORS
    report = stored_report(here.store, job_id, STEPS[1])
    torn = report.records[TORN]
    assert (torn.image_id, torn.outcome) == (f"flower_{TORN}.jpg", Outcome.ERROR)
    assert "cannot decode" in str(torn.error)
    assert torn.image_id in here.store.get(keys.errors(job_id)).decode()
    found = outcomes(here.store, job_id)
    assert list(found) == [f"flower_{index}.jpg" for index in range(8)]
    assert list(found.values()).count("error") == 1


def test_pictures_of_one_name_each_keep_their_own_record_and_overlay(services: Services, tmp_path: Path) -> None:
    names = ("1.jpg", "1.jpg", "2.jpg", "3.jpg", "2.jpg", "4.jpg", "5.jpg", "1.jpg")
    write_dataset(tmp_path, {"test": [Picture(picture(0).data, 0, name) for name in names]})
    here = dataclasses.replace(services, folders=DataFolders(tfds=tmp_path))
    job_id = submit_explanation(here, dataset=NAME, split="test", contrast="none")
    for step in STEPS:
        run_step(job_id, step, here)
    assert JobEnd.decode(here.store.get(keys.end(job_id))).state is JobState.SUCCEEDED
    reports = [stored_report(here.store, job_id, step) for step in STEPS[1:3]]
    records = [record for report in reports for record in report.records]
    assert [record.image_id for record in records if "-" in record.image_id] == [
        *("1.jpg-0000001", "2.jpg-0000004", "1.jpg-0000007"),
    ]
    overlays = {method.overlay.key for record in records for method in record.methods if method.overlay}
    assert len(overlays) == len(names)


def test_names_with_anything_in_them_do_not_fail_a_job(services: Services, tmp_path: Path) -> None:
    names = ("3.04\u202fPM.jpg", "../../up.jpg", "", "end\nof line.jpg", "n" * 255, "n" * 3000, "a//b", "a-0000001")
    write_dataset(tmp_path, {"test": [Picture(picture(0).data, 0, name) for name in names]})
    here = dataclasses.replace(services, folders=DataFolders(tfds=tmp_path))
    job_id = submit_explanation(here, dataset=NAME, split="test", contrast="none")
    for step in STEPS:
        run_step(job_id, step, here)
    assert JobEnd.decode(here.store.get(keys.end(job_id))).state is JobState.SUCCEEDED
    records = [record for step in STEPS[1:3] for record in stored_report(here.store, job_id, step).records]
    assert [record.image_id for record in records] == [legal_name(name) for name in names]
    overlays = [method.overlay for record in records for method in record.methods]
    assert len({here.store.get(overlay.key) for overlay in overlays if overlay}) == 1
    assert len({overlay.key for overlay in overlays if overlay}) == len(names)
