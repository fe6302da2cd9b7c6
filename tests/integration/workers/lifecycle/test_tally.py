"""What becomes of jobs and steps is counted once, for Prometheus."""

from __future__ import annotations

import pytest

from dispatch.metrics.table import (
    EVALUATIONS,
    FIRST_SHARD_SECONDS,
    IMAGES,
    JOBS_ENDED,
    STEP_DEATHS,
    STEP_RETRIES,
    STEP_SECONDS,
    Metric,
)
from dispatch.submission import request_cancel
from jobs import keys
from jobs.errors import BoardUnavailable, Retryable, StoreUnavailable
from jobs.job import JobEnd
from tests.integration.workers.conftest import submit_explanation
from tests.integration.workers.lifecycle.test_deadly_steps import FIRST, SECOND, Killed, deadly
from tests.services.gathered import stored_report
from workers.lifecycle.end_job import write_end
from workers.lifecycle.run_step import run_step
from workers.step.services import Services


def counted(services: Services, metric: Metric) -> dict[tuple[str, ...], float]:
    """What was counted, but for what never happened."""
    found = services.board.metrics.read()[metric.name]
    return {labels: series.count for labels, series in found.items() if series.count}


@pytest.fixture
def job_id(services: Services) -> str:
    return submit_explanation(services)


def work(services: Services, job_id: str, *steps: str) -> None:
    for step in steps:
        run_step(job_id, step, services)


def test_a_job_that_ends_is_counted_with_its_images_and_steps(services: Services, job_id: str) -> None:
    work(services, job_id, "plan", FIRST, SECOND, "finalize", "finalize")
    assert counted(services, JOBS_ENDED) == {("explain", "succeeded"): 1}
    images = counted(services, IMAGES)
    assert {kind for kind, _ in images} == {"explain"}
    assert sum(images.values()) == JobEnd.decode(services.store.get(keys.end(job_id))).progress.done
    assert counted(services, STEP_SECONDS) == {
        ("explain", "plan"): 1,
        ("explain", "shard"): 2,
        ("explain", "finalize"): 1,
    }
    assert counted(services, FIRST_SHARD_SECONDS) == {("explain",): 1}


def test_the_evaluations_of_a_committed_step_are_counted(services: Services) -> None:
    job_id = submit_explanation(
        services, split="test[0:2]", methods=["gradcam", "integrated_gradients"], ig={"max_evaluations": 32}
    )
    work(services, job_id, "plan", FIRST)
    told = stored_report(services.store, job_id, FIRST).counts.evaluations["integrated_gradients"]
    assert told >= 2 * 2
    assert counted(services, EVALUATIONS) == {("integrated_gradients",): told}


def test_an_end_that_was_written_before_is_not_counted_again(services: Services, job_id: str) -> None:
    work(services, job_id, "plan", FIRST, SECOND, "finalize")
    write_end(JobEnd.decode(services.store.get(keys.end(job_id))), services, kind="explain")
    assert counted(services, JOBS_ENDED) == {("explain", "succeeded"): 1}


def test_a_cancelled_job_is_one(services: Services, job_id: str) -> None:
    work(services, job_id, "plan")
    request_cancel(job_id, store=services.store, board=services.board, queue=services.queue)
    work(services, job_id, "finalize")
    assert counted(services, JOBS_ENDED) == {("explain", "cancelled"): 1}


def test_a_worker_that_dies_is_counted_once_for_each_death(
    services: Services, job_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    work(services, job_id, "plan")
    with monkeypatch.context() as patched:
        patched.setattr("workers.lifecycle.run_step.cached_plan", deadly)
        for _ in range(3):
            with pytest.raises(Killed):
                run_step(job_id, FIRST, services)
    assert counted(services, STEP_DEATHS) == {("explain",): 2}, "the last one is found by the next attempt"
    work(services, job_id, FIRST, SECOND)
    assert counted(services, STEP_DEATHS) == {("explain",): 3}


@pytest.mark.parametrize(("error", "reason"), [(StoreUnavailable("away"), "outage"), (Retryable("odd"), "error")])
def test_what_is_tried_again_is_counted_by_its_reason(
    services: Services, job_id: str, monkeypatch: pytest.MonkeyPatch, error: Exception, reason: str
) -> None:
    work(services, job_id, "plan")

    def broken(*_: object) -> None:
        raise error

    monkeypatch.setattr("workers.lifecycle.run_step.cached_plan", broken)
    work(services, job_id, FIRST)
    assert counted(services, STEP_RETRIES) == {(reason,): 1}


def test_a_count_that_redis_does_not_take_stops_no_work(
    services: Services, job_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*_: object, **__: object) -> None:
        raise BoardUnavailable("away")

    monkeypatch.setattr(services.board.metrics, "add", away)
    monkeypatch.setattr(services.board.metrics, "observe", away)
    work(services, job_id, "plan", FIRST, SECOND, "finalize")
    assert services.store.head(keys.end(job_id)) is not None
    assert counted(services, JOBS_ENDED) == {}
