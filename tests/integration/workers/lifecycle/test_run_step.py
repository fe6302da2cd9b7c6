"""What becomes of a step, with real Redis and a real network, step by step and without Celery."""

from __future__ import annotations

import dataclasses
import io
from collections.abc import Iterator
from typing import Any

import pyarrow.parquet as pq
import pytest
import redis

from dispatch.submission import request_cancel
from jobs import keys
from jobs.errors import StoreUnavailable
from jobs.job import JobEnd
from jobs.results.manifest import Manifest
from jobs.results.record import Outcome
from jobs.results.report import Report
from jobs.state import JobState
from ml.data.datasets import Example, read
from store.memory import MemoryStore
from tests.integration.workers.conftest import submit_explanation
from tests.services.gathered import outcomes, stored_report
from tests.services.redis_server import RedisServer
from workers.inputs import dataset_source
from workers.kinds.explain import explain_shard
from workers.lifecycle import reconcile
from workers.lifecycle.run_step import run_step
from workers.step.services import Services

FILES = {"results.parquet", "report.html", "images.parquet", "records.parquet", "lookup.parquet"}

FIRST, SECOND = "shard-00000", "shard-00001"


def end_of(services: Services, job_id: str) -> JobEnd:
    return JobEnd.decode(services.store.get(keys.end(job_id)))


def report_of(services: Services, job_id: str, step: str) -> Report:
    return stored_report(services.store, job_id, step)


def run_all(services: Services, job_id: str) -> JobEnd:
    for step in ("plan", FIRST, SECOND, "finalize"):
        run_step(job_id, step, services)
    return end_of(services, job_id)


def test_a_job_goes_from_plan_to_manifest(services: Services) -> None:
    job_id = submit_explanation(services)
    end = run_all(services, job_id)
    assert end.state is JobState.SUCCEEDED
    assert end.progress.done == end.progress.total == 8
    manifest = Manifest.decode(services.store.get(keys.manifest(job_id)))
    assert manifest.complete
    assert len(outcomes(services.store, job_id)) == 8
    assert services.store.head(keys.active(job_id)) is None


def test_every_file_has_the_digest_that_its_report_says(services: Services) -> None:
    job_id = submit_explanation(services, methods=["gradcam", "integrated_gradients"], contrast="none")
    run_all(services, job_id)
    report = report_of(services, job_id, FIRST)
    pictures = [method.overlay for record in report.records for method in record.methods if method.overlay]
    artifacts = [*report.files, *pictures]
    assert len(artifacts) == 4 * 2 + 2 + 3
    for artifact in artifacts:
        found = services.store.head(artifact.key)
        assert found is not None
        assert (found.size, found.sha256) == (artifact.size, artifact.sha256)


def test_an_explanation_leaves_a_table_and_a_report_that_its_manifest_lists(services: Services) -> None:
    job_id = submit_explanation(services)
    run_all(services, job_id)
    files = {file.name: file for file in Manifest.decode(services.store.get(keys.manifest(job_id))).files}
    assert set(files) == FILES
    for file in files.values():
        found = services.store.head(file.key)
        assert found is not None
        assert (found.size, found.sha256) == (file.size, file.sha256)
    table = pq.read_table(io.BytesIO(services.store.get(files["results.parquet"].key)))
    assert table.column("image_id").unique().to_pylist() == [f"test-{index:05d}" for index in range(8)]
    assert b"</html>" in services.store.get(files["report.html"].key)


def test_a_message_delivered_twice_is_a_no_op(services: Services) -> None:
    job_id = submit_explanation(services)
    run_step(job_id, "plan", services)
    assert run_step(job_id, FIRST, services) == "committed"
    before = services.store.get(keys.report(job_id, FIRST))
    assert run_step(job_id, FIRST, services) == "done before"
    assert run_step(job_id, "plan", services) == "done before"
    assert services.store.get(keys.report(job_id, FIRST)) == before


def test_a_step_that_somebody_works_on_is_left_alone(services: Services) -> None:
    job_id = submit_explanation(services)
    run_step(job_id, "plan", services)
    services.leases.take(job_id, FIRST, token="somebody")
    assert run_step(job_id, FIRST, services) == "taken"
    assert services.store.head(keys.report(job_id, FIRST)) is None


def test_a_worker_that_lost_its_lease_commits_nothing(services: Services, monkeypatch: pytest.MonkeyPatch) -> None:
    job_id = submit_explanation(services)
    run_step(job_id, "plan", services)
    honest = explain_shard.explain_shard

    def robbed(spec: Any, context: Any) -> Report:
        report = honest(spec, context)
        services.leases.release(dataclasses.replace(context_lease(context)))
        services.leases.take(job_id, FIRST, token="thief")
        return report

    def context_lease(context: Any) -> Any:
        return context.pulse._lease

    monkeypatch.setattr(explain_shard, "explain_shard", robbed)
    assert "another worker's" in run_step(job_id, FIRST, services)
    assert services.store.head(keys.report(job_id, FIRST)) is None


def test_a_cancelled_job_keeps_what_was_done(services: Services) -> None:
    job_id = submit_explanation(services)
    run_step(job_id, "plan", services)
    run_step(job_id, FIRST, services)
    request_cancel(job_id, store=services.store, board=services.board, queue=services.queue)
    assert "is to stop" in run_step(job_id, SECOND, services)
    run_step(job_id, "finalize", services)
    assert end_of(services, job_id).state is JobState.CANCELLED
    manifest = Manifest.decode(services.store.get(keys.manifest(job_id)))
    assert (manifest.complete, len(outcomes(services.store, job_id))) == (False, 4)
    assert {artifact.name for artifact in manifest.files} == FILES


def test_a_cancelled_job_ends_even_if_nothing_can_be_made_of_it(
    services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> bytes:
        raise ValueError("no page")

    monkeypatch.setattr("workers.kinds.explain.finish.report_page", broken)
    job_id = submit_explanation(services)
    run_step(job_id, "plan", services)
    run_step(job_id, FIRST, services)
    request_cancel(job_id, store=services.store, board=services.board, queue=services.queue)
    run_step(job_id, "finalize", services)
    assert end_of(services, job_id).state is JobState.CANCELLED


def test_a_job_cancelled_before_it_was_planned_ends_too(services: Services) -> None:
    job_id = submit_explanation(services)
    request_cancel(job_id, store=services.store, board=services.board, queue=services.queue)
    run_step(job_id, "finalize", services)
    assert end_of(services, job_id).state is JobState.CANCELLED


def broken_reader(broken: set[int]) -> Any:
    def reader(*args: Any, **options: Any) -> Iterator[Example]:
        for example in read(*args, **options):
            bad = example.index in broken
            yield dataclasses.replace(example, image=None, error="cannot be decoded") if bad else example

    return reader


def test_a_corrupt_image_is_an_error_record_and_the_job_goes_on(
    services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dataset_source, "read", broken_reader({2}))
    job_id = submit_explanation(services, max_failure_rate=0.2)
    assert run_all(services, job_id).state is JobState.COMPLETED_WITH_ERRORS
    record = report_of(services, job_id, FIRST).records[2]
    assert (record.outcome, record.error) == (Outcome.ERROR, "cannot be decoded")
    assert record.image_id in services.store.get(keys.errors(job_id)).decode()


def test_too_many_corrupt_images_fail_the_job_with_a_reason(
    services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dataset_source, "read", broken_reader({2, 5}))
    job_id = submit_explanation(services, max_failure_rate=0.2)
    end = run_all(services, job_id)
    assert end.state is JobState.FAILED
    assert end.error is not None
    assert "2 of 8 images failed, more than max_failure_rate 0.2" in end.error.message


class FullStore(MemoryStore):
    """A store whose disk is full for pictures."""

    full = True

    def put(self, key: str, data: bytes, **options: Any) -> Any:
        if self.full and key.endswith(".jpg"):
            raise StoreUnavailable("the store is full")
        return super().put(key, data, **options)


def test_a_full_disk_postpones_the_step_and_it_succeeds_later(services: Services) -> None:
    store = FullStore("full")
    for info in services.store.list(""):
        store.put(info.key, services.store.get(info.key))
    full = dataclasses.replace(services, store=store)
    job_id = submit_explanation(full)
    run_step(job_id, "plan", full)
    assert "the store is full" in run_step(job_id, FIRST, full)
    assert full.board.counters.due(job_id).keys() == {FIRST}
    store.full = False
    assert run_step(job_id, FIRST, full) == "committed"


def test_an_explanation_waits_for_its_training_job_and_fails_with_it(services: Services) -> None:
    training = submit_explanation(services)
    job_id = submit_explanation(services, model=f"job:{training}")
    assert run_step(job_id, "plan", services) == "waits for another job"
    request_cancel(training, store=services.store, board=services.board, queue=services.queue)
    run_step(training, "finalize", services)
    assert "refused" in run_step(job_id, "plan", services)
    end = end_of(services, job_id)
    assert (end.state, end.error and end.error.field) == (JobState.FAILED, "model")


@pytest.mark.parametrize(
    ("change", "field", "words"),
    [
        ({"dataset": "no_such_flowers"}, "dataset", "no_such_flowers"),
        ({"split": "holdout"}, "split", "holdout"),
        ({"model": "nothing"}, "model", "does not exist"),
        ({"target": 999}, "target", "out of range"),
        ({"target": "top:10"}, "target", "has 9, use 'top:9' or fewer"),
    ],
)
def test_what_the_api_cannot_know_is_refused_when_planning(
    services: Services, change: dict[str, Any], field: str, words: str
) -> None:
    job_id = submit_explanation(services, **change)
    run_step(job_id, "plan", services)
    end = end_of(services, job_id)
    assert end.state is JobState.FAILED
    assert end.error is not None
    assert end.error.field == field
    assert words in end.error.message


def test_a_redis_that_forgot_everything_is_rebuilt_from_the_store(
    services: Services, shared_redis: RedisServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reconcile, "GRACE_S", 0)
    job_id = submit_explanation(services)
    run_step(job_id, "plan", services)
    run_step(job_id, FIRST, services)
    redis.Redis.from_url(shared_redis.url).flushall()
    reconcile.reconcile(services)
    reconcile.reconcile(services)
    assert (job_id, SECOND) in services.queue.waiting()
    assert (job_id, FIRST) not in services.queue.waiting()
    run_step(job_id, SECOND, services)
    run_step(job_id, "finalize", services)
    assert end_of(services, job_id).state is JobState.SUCCEEDED


def test_a_lost_message_is_rung_again_and_a_waiting_one_is_not(
    services: Services, shared_redis: RedisServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reconcile, "GRACE_S", 0)
    job_id = submit_explanation(services)
    assert reconcile.reconcile(services) == 0
    redis.Redis.from_url(shared_redis.url).delete("light")
    assert reconcile.reconcile(services) == 1
    assert services.queue.waiting() == {(job_id, "plan")}


def test_a_marker_without_a_specification_goes_once_no_submission_can_be_under_way(services: Services) -> None:
    old, young = ("01h00000000000000000000000", submit_explanation(services))
    services.store.put(keys.active(old), b"")
    services.store.delete(keys.spec(young))
    reconcile.reconcile(services)
    assert [info.key for info in services.store.list(keys.ACTIVE_PREFIX)] == [keys.active(young)]
