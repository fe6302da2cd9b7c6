"""What planning waits for, refuses, and holds while it lasts."""

from __future__ import annotations

import dataclasses
import time
from typing import Any

import pytest

from dispatch.connection import connect
from dispatch.submission import request_cancel
from jobs.state import JobState
from tests.integration.workers.conftest import submit_explanation
from tests.integration.workers.lifecycle.conftest import end_of
from tests.services.redis_server import RedisServer
from workers.lifecycle import plan_job
from workers.lifecycle.run_step import run_step
from workers.step.services import Services


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


def test_planning_keeps_its_lease_however_long_it_takes(
    services: Services, shared_redis: RedisServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    services = dataclasses.replace(services, leases=connect(redis_url=shared_redis.url, lease_ttl_s=2).leases)
    second: list[str] = []
    honest = plan_job.plan_job

    def slow(*args: Any) -> None:
        time.sleep(3)
        if not second:
            second.append("asked")
            second.append(run_step(job_id, "plan", services))
        honest(*args)

    monkeypatch.setattr(plan_job, "plan_job", slow)
    job_id = submit_explanation(services)
    assert run_step(job_id, "plan", services) == "planned"
    assert second == ["asked", "taken"]
