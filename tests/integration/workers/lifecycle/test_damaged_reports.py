"""What a job has stored is damaged or contradicts itself: it ends all the same, and says so."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from typing import Any

import pytest
import redis

from dispatch.submission import request_cancel
from jobs import keys
from jobs.job import JobEnd
from jobs.results.manifest import Manifest
from jobs.state import JobState
from ml.data.datasets import Example, read
from tests.integration.workers.conftest import submit_explanation
from tests.services.gathered import image_ids
from tests.services.redis_server import RedisServer
from workers.inputs import dataset_source
from workers.lifecycle import reconcile
from workers.lifecycle.run_step import run_step
from workers.step.services import Services

FILES = {"results.parquet", "report.html", "images.parquet", "records.parquet", "lookup.parquet"}

FIRST, SECOND = "shard-00000", "shard-00001"


def explained(services: Services) -> str:
    job_id = submit_explanation(services)
    for step in ("plan", FIRST, SECOND):
        run_step(job_id, step, services)
    return job_id


def end_of(services: Services, job_id: str) -> JobEnd:
    assert services.store.head(keys.active(job_id)) is None
    return JobEnd.decode(services.store.get(keys.end(job_id)))


def message_of(end: JobEnd) -> str:
    assert end.error is not None
    return end.error.message


def manifest_of(services: Services, job_id: str) -> Manifest:
    return Manifest.decode(services.store.get(keys.manifest(job_id)))


def test_a_damaged_report_fails_the_job_which_keeps_what_the_others_tell(services: Services) -> None:
    job_id = explained(services)
    services.store.put(keys.report(job_id, SECOND), b'{"torn":')
    run_step(job_id, "finalize", services)
    end = end_of(services, job_id)
    assert (end.state, end.progress.done) == (JobState.FAILED, 4)
    assert "the report of shard-00001 was damaged after it had been written" in message_of(end)
    assert keys.report(job_id, SECOND) in message_of(end)
    manifest = manifest_of(services, job_id)
    assert (manifest.complete, [entry.step for entry in manifest.reports]) == (False, [FIRST])
    assert {file.name for file in manifest.files} == FILES


def test_a_job_with_a_damaged_report_can_be_cancelled_and_says_what_is_left_out(services: Services) -> None:
    job_id = explained(services)
    services.store.put(keys.report(job_id, FIRST), b"")
    request_cancel(job_id, store=services.store, board=services.board, queue=services.queue)
    run_step(job_id, "finalize", services)
    end = end_of(services, job_id)
    assert end.state is JobState.CANCELLED
    assert f"1 of the job's reports cannot be read and are left out: {keys.report(job_id, FIRST)}" in message_of(end)
    assert [entry.step for entry in manifest_of(services, job_id).reports] == [SECOND]


def test_images_of_one_name_fail_the_job_with_that_name_and_are_all_listed(
    services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    def twins(*args: Any, **options: Any) -> Iterator[Example]:
        for example in read(*args, **options):
            yield dataclasses.replace(example, image_id="1.jpg") if example.index in {1, 5} else example

    monkeypatch.setattr(dataset_source, "read", twins)
    job_id = explained(services)
    run_step(job_id, "finalize", services)
    end = end_of(services, job_id)
    assert end.state is JobState.FAILED
    assert "images in more than one place: 1.jpg" in message_of(end)
    assert len(image_ids(services.store, job_id)) == 8


def test_a_job_whose_plan_is_damaged_is_found_and_fails(
    services: Services, shared_redis: RedisServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reconcile, "GRACE_S", 0)
    job_id = submit_explanation(services)
    run_step(job_id, "plan", services)
    services.store.put(keys.plan(job_id), b"{}")
    redis.Redis.from_url(shared_redis.url).flushall()
    reconcile.reconcile(services)
    assert (job_id, "finalize") in services.queue.waiting()
    run_step(job_id, "finalize", services)
    end = end_of(services, job_id)
    assert end.state is JobState.FAILED
    assert "stored Plan cannot be read" in message_of(end)
