"""A machine without room (memory, disk, open files) and documents of a later release: waited out, not failures."""

from __future__ import annotations

import errno
import os
from typing import Any

import pytest

from jobs import keys
from jobs.errors import InvalidSpec, NewerVersion, Permanent, Retryable, StoreUnavailable
from jobs.job import JobEnd
from jobs.results.report import Report
from jobs.state import JobState
from jobs.value import SCHEMA_VERSION
from tests.integration.workers.conftest import submit_explanation
from workers.kinds.explain import explain_shard
from workers.lifecycle.broken_step import MAX_FAILURES
from workers.lifecycle.hopeless import MAX_DEATHS
from workers.lifecycle.run_step import run_step
from workers.step.services import Services

SHARDS = ("shard-00000", "shard-00001")
TRIES = 2 * MAX_FAILURES


def no_room(number: int) -> OSError:
    return OSError(number, os.strerror(number))


def wrapped(error: Exception) -> Exception:
    error.__cause__ = no_room(errno.EMFILE)
    return error


def planned(services: Services) -> str:
    job_id = submit_explanation(services)
    run_step(job_id, "plan", services)
    return job_id


def run_all(services: Services, job_id: str) -> JobEnd:
    for step in (*SHARDS, "finalize"):
        run_step(job_id, step, services)
    return JobEnd.decode(services.store.get(keys.end(job_id)))


def failing(error: Exception) -> Any:
    def fail(*_: object, **__: object) -> Report:
        raise error

    return fail


@pytest.mark.parametrize(
    "error",
    [
        no_room(errno.EMFILE),
        no_room(errno.ENFILE),
        no_room(errno.ENOSPC),
        no_room(errno.EDQUOT),
        wrapped(ValueError("the file cannot be read")),
        wrapped(InvalidSpec("this is no model", field="upload")),
        wrapped(Permanent("the model cannot be read")),
        RuntimeError("can't start new thread"),
        StoreUnavailable("the store is away"),
        NewerVersion("a later release wrote this"),
    ],
    ids=repr,
)
def test_a_machine_without_room_is_an_outage(
    services: Services, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    job_id = planned(services)
    with monkeypatch.context() as patched:
        patched.setattr(explain_shard, "explain_shard", failing(error))
        for _ in range(TRIES):
            assert "tried again in" in run_step(job_id, SHARDS[0], services)
        patched.setattr(explain_shard, "explain_shard", failing(Retryable("a fault of ours")))
        assert "tried again in 2 s" in run_step(job_id, SHARDS[0], services), "no outage counts as a failure"
    assert run_all(services, job_id).state is JobState.SUCCEEDED


def test_too_little_memory_is_waited_out_but_not_for_ever(services: Services, monkeypatch: pytest.MonkeyPatch) -> None:
    job_id = planned(services)
    monkeypatch.setattr(explain_shard, "explain_shard", failing(MemoryError("4 GiB")))
    for _ in range(MAX_DEATHS):
        assert "tried again in" in run_step(job_id, SHARDS[0], services)
    assert "most often their memory does not suffice" in run_step(job_id, SHARDS[0], services)
    assert JobEnd.decode(services.store.get(keys.end(job_id))).state is JobState.FAILED


def test_memory_that_is_back_in_time_costs_nothing(services: Services, monkeypatch: pytest.MonkeyPatch) -> None:
    job_id = planned(services)
    with monkeypatch.context() as patched:
        patched.setattr(explain_shard, "explain_shard", failing(MemoryError()))
        for _ in range(MAX_DEATHS - 1):
            run_step(job_id, SHARDS[0], services)
    assert run_all(services, job_id).state is JobState.SUCCEEDED


def test_a_plan_of_a_later_release_is_waited_for(services: Services) -> None:
    job_id = planned(services)
    plan = services.store.get(keys.plan(job_id))
    later = plan.replace(f'"schema_version":{SCHEMA_VERSION}'.encode(), b'"schema_version":99')
    assert later != plan
    services.store.put(keys.plan(job_id), later)
    for step in (*SHARDS, "finalize") * TRIES:
        assert "newer version" in run_step(job_id, step, services)
    services.store.put(keys.plan(job_id), plan)
    assert run_all(services, job_id).state is JobState.SUCCEEDED


def test_a_store_that_is_away_while_a_job_is_to_fail_is_waited_for(
    services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    job_id = planned(services)
    monkeypatch.setattr(explain_shard, "explain_shard", failing(Retryable("a fault of ours")))
    with monkeypatch.context() as patched:
        patched.setattr("workers.lifecycle.broken_step.end_unfinished", failing(StoreUnavailable("the store is away")))
        for _ in range(MAX_FAILURES + TRIES):
            assert "tried again" in run_step(job_id, SHARDS[0], services)
    assert "a fault of ours" in run_step(job_id, SHARDS[0], services)
    end = JobEnd.decode(services.store.get(keys.end(job_id)))
    assert (end.state, end.progress.total) == (JobState.FAILED, 8)
