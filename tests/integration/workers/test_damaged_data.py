"""A job on a data set on disk, one of whose pictures is torn: real files, real decoding."""

from __future__ import annotations

import dataclasses
import io
from pathlib import Path

import pytest
from PIL import Image

from jobs import keys
from jobs.job import JobEnd
from jobs.manifest import Manifest
from jobs.record import Outcome
from jobs.report import Report
from jobs.state import JobState
from tests.integration.workers.conftest import submit_explanation
from tests.services.tiny_dataset import NAME, Picture, write_dataset
from workers.run_step import run_step
from workers.services import DataFolders, Services

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
    report = Report.decode(here.store.get(keys.report(job_id, STEPS[1])))
    torn = report.records[TORN]
    assert (torn.image_id, torn.outcome) == (f"flower_{TORN}.jpg", Outcome.ERROR)
    assert "cannot decode" in str(torn.error)
    assert torn.image_id in here.store.get(keys.errors(job_id)).decode()
    manifest = Manifest.decode(here.store.get(keys.manifest(job_id)))
    assert [image.image_id for image in manifest.images] == [f"flower_{index}.jpg" for index in range(8)]
    assert [image.outcome is Outcome.ERROR for image in manifest.images].count(True) == 1
