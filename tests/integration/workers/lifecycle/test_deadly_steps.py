"""A step that ends every worker ends its job, whichever step it is and whatever its job has made."""

from __future__ import annotations

import pytest

from dispatch.submission import request_cancel
from jobs import keys
from jobs.job import JobEnd
from jobs.state import JobState
from tests.integration.workers.conftest import submit_explanation
from workers.lifecycle.hopeless import MAX_DEATHS
from workers.lifecycle.run_step import run_step
from workers.step.services import Services

FIRST, SECOND = "shard-00000", "shard-00001"


class Killed(BaseException):
    """Ends a worker as SIGKILL does: nothing that handles errors sees it."""


def deadly(*_: object, **__: object) -> bytes:
    raise Killed


def run_until_it_ends(services: Services, job_id: str, step: str) -> int:
    """Run a step again and again, as the reconciler has it run; returns how many workers it ended."""
    for deaths in range(4 * MAX_DEATHS):
        try:
            run_step(job_id, step, services)
        except Killed:
            continue
        return deaths
    raise AssertionError(f"{step} still ends its workers")


def end_of(services: Services, job_id: str) -> JobEnd:
    return JobEnd.decode(services.store.get(keys.end(job_id)))


def assert_failed(services: Services, job_id: str, words: str) -> None:
    end = end_of(services, job_id)
    assert end.state is JobState.FAILED
    assert end.error is not None
    assert words in end.error.message
    assert services.store.head(keys.active(job_id)) is None


def test_planning_that_ends_every_worker_fails_its_job(services: Services, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("workers.lifecycle.plan_job.plan_job", deadly)
    job_id = submit_explanation(services)
    assert run_until_it_ends(services, job_id, "plan") == MAX_DEATHS
    assert_failed(services, job_id, f"planning the job ended its worker {MAX_DEATHS} times")


def explained(services: Services) -> str:
    job_id = submit_explanation(services)
    for step in ("plan", FIRST, SECOND):
        run_step(job_id, step, services)
    return job_id


def test_finalizing_that_ends_every_worker_fails_its_job_and_keeps_what_it_can(
    services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    job_id = explained(services)
    monkeypatch.setattr("workers.lifecycle.finalize_job.decide_state", deadly)
    assert run_until_it_ends(services, job_id, "finalize") == MAX_DEATHS
    assert_failed(services, job_id, f"as a whole ended its worker {MAX_DEATHS} times")
    assert services.store.head(keys.manifest(job_id)) is not None


@pytest.mark.parametrize("cancelled", [False, True])
def test_a_job_whose_every_file_ends_a_worker_ends_without_files(
    services: Services, monkeypatch: pytest.MonkeyPatch, cancelled: bool
) -> None:
    job_id = explained(services)
    if cancelled:
        request_cancel(job_id, store=services.store, board=services.board, queue=services.queue)
    monkeypatch.setattr("workers.kinds.explain.finish.report_page", deadly)
    assert run_until_it_ends(services, job_id, "finalize") == MAX_DEATHS + 1
    end = end_of(services, job_id)
    assert end.state is (JobState.CANCELLED if cancelled else JobState.FAILED)
    assert services.store.head(keys.active(job_id)) is None
    assert services.store.head(keys.report(job_id, FIRST)) is not None


def test_a_shard_that_ends_workers_even_while_its_job_fails_ends_the_job(
    services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    job_id = submit_explanation(services)
    run_step(job_id, "plan", services)
    run_step(job_id, FIRST, services)
    monkeypatch.setattr("workers.kinds.explain.explain_shard.explain_shard", deadly)
    monkeypatch.setattr("workers.kinds.explain.finish.report_page", deadly)
    assert run_until_it_ends(services, job_id, SECOND) == MAX_DEATHS + 1
    assert_failed(services, job_id, "no single image is to blame")
