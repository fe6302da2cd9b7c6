"""A board that Redis has lost is rebuilt from the store."""

from __future__ import annotations

import pytest
import redis

from jobs.state import JobState
from tests.integration.workers.conftest import submit_explanation
from tests.integration.workers.lifecycle.conftest import FIRST, SECOND, broken_reader, end_of
from tests.services.redis_server import RedisServer
from workers.inputs import dataset_source
from workers.lifecycle import reconcile as reconcile_module
from workers.lifecycle import restore_progress
from workers.lifecycle.reconcile import reconcile
from workers.lifecycle.run_step import run_step
from workers.step.services import Services


def test_a_redis_that_forgot_everything_is_rebuilt_from_the_store(
    services: Services, shared_redis: RedisServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reconcile_module, "GRACE_S", 0)
    job_id = submit_explanation(services)
    run_step(job_id, "plan", services)
    run_step(job_id, FIRST, services)
    redis.Redis.from_url(shared_redis.url).flushall()
    reconcile(services)
    reconcile(services)
    assert (job_id, SECOND) in services.queue.waiting()
    assert (job_id, FIRST) not in services.queue.waiting()
    run_step(job_id, SECOND, services)
    run_step(job_id, "finalize", services)
    assert end_of(services, job_id).state is JobState.SUCCEEDED


def test_a_rebuilt_board_shows_what_was_done_and_what_failed(
    services: Services, shared_redis: RedisServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dataset_source, "read", broken_reader({2}))
    job_id = submit_explanation(services, max_failure_rate=0.5)
    run_step(job_id, "plan", services)
    run_step(job_id, "shard-00000", services)
    redis.Redis.from_url(shared_redis.url).flushall()
    reconcile(services)
    reconcile(services)
    shown = services.board.progress.snapshot(job_id)
    assert shown is not None
    assert (shown.state, shown.progress.done, shown.progress.failed) == (JobState.RUNNING, 4, 1)
    assert (shown.progress.total, shown.progress.unit) == (8, "images")
    run_step(job_id, "shard-00001", services)
    shown = services.board.progress.snapshot(job_id)
    assert shown is not None
    assert (shown.progress.done, shown.progress.failed) == (8, 1)


def test_failures_of_many_reports_are_counted_little_by_little(
    services: Services, shared_redis: RedisServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(restore_progress, "REPORTS_AT_ONCE", 1)
    monkeypatch.setattr(dataset_source, "read", broken_reader({2, 5}))
    job_id = submit_explanation(services, max_failure_rate=0.5)
    for step in ("plan", "shard-00000", "shard-00001"):
        run_step(job_id, step, services)
    redis.Redis.from_url(shared_redis.url).flushall()
    reconcile(services)
    counts = services.board.progress.counts
    seen = []
    for _ in range(3):
        reconcile(services)
        seen.append(counts.note(job_id, {}).failed)
    assert (seen[0], seen[-1]) == (1, 2)
    assert counts.uncounted(job_id, limit=9) == []
