"""The whole test split of Flowers102, through the API, while its worker is killed twice."""

from __future__ import annotations

import hashlib
import os
import signal

import pytest

from tests.services.real_data import DATASET, require_real_data
from tests.services.stack import Json, Stack

pytestmark = [pytest.mark.kill, pytest.mark.real_data, pytest.mark.timeout(900)]
IMAGES = 4149
LIMIT_S = 600.0


@pytest.fixture(scope="module")
def real_model(stack: Stack) -> str:
    """Id of a MobileNetV2 with a head that has seen the real flowers once; small images are quick to explain."""
    require_real_data()
    job_id = stack.submit(
        kind="train",
        dataset=DATASET,
        splits={"test": None},
        backbone="MobileNetV2",
        weights="imagenet",
        image_size=96,
        epochs=1,
    )
    job = stack.end(job_id, limit_s=LIMIT_S)
    assert job["state"] == "succeeded", job
    return str(job["summary"]["model_id"])


def test_every_image_is_explained_once_and_every_object_is_what_its_record_says(whole: Stack, real_model: str) -> None:
    job_id = whole.submit(
        kind="explain", model=real_model, dataset=DATASET, split="test", methods=["gradcam"], shard_size=256
    )
    whole.wait(job_id, until=lambda job: job["progress"]["done"] > IMAGES / 8, limit_s=LIMIT_S)
    os.kill(whole.busy_child(), signal.SIGKILL)
    whole.wait(job_id, until=lambda job: job["progress"]["done"] > IMAGES / 2, limit_s=LIMIT_S)
    whole.kill("worker")
    whole.start("worker")
    job = whole.end(job_id, limit_s=LIMIT_S)

    assert job["state"] == "succeeded", f"{job}\n{whole.logs()}"
    assert job["progress"]["done"] == job["progress"]["total"] == IMAGES
    manifest, reports = whole.stored(job_id, "manifest.json"), whole.reports(job_id)
    records = [record for report in reports.values() for record in whole.records(report)]
    assert manifest["complete"]
    assert whole.images(job_id) == [record["image_id"] for record in records]
    assert [record["index"] for record in records] == list(range(IMAGES))
    assert len({record["image_id"] for record in records}) == IMAGES
    pictures = [record["methods"][0]["overlay"] for record in records]
    assert len({picture["key"] for picture in pictures}) == IMAGES
    files = [artifact for report in reports.values() for artifact in report["artifacts"]]
    for file in [*pictures, *files, *manifest["files"], *manifest["reports"]]:
        assert_stored(whole, file)


def assert_stored(stack: Stack, file: Json) -> None:
    data = (stack.store / file["key"]).read_bytes()
    assert (len(data), hashlib.sha256(data).hexdigest()) == (file["size"], file["sha256"]), file
