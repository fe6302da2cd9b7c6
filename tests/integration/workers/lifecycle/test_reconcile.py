"""What workers keep alive in Redis while they work, and what they leave there."""

from __future__ import annotations

import dataclasses
import time
from typing import Any

import pytest
import redis

from dispatch.connection import connect
from dispatch.submission import request_cancel
from jobs import keys
from jobs.job import JobEnd
from jobs.state import JobState
from jobs.turns.turn import Turn
from store.memory import MemoryStore
from tests.integration.workers.conftest import submit_explanation
from tests.integration.workers.lifecycle.test_run_step import broken_reader
from tests.services.counting_store import CountingStore
from tests.services.redis_calls import counted_round_trips
from tests.services.redis_server import RedisServer
from workers.inputs import dataset_source
from workers.lifecycle import lost_job, plan_job, restore_progress
from workers.lifecycle import reconcile as reconcile_module
from workers.lifecycle.advance_job import advance
from workers.lifecycle.reconcile import reconcile
from workers.lifecycle.run_step import run_step
from workers.step.services import Services


def test_a_job_that_is_over_leaves_no_key_for_ever(services: Services, shared_redis: RedisServer) -> None:
    job_id = submit_explanation(services)
    for step in ("plan", "shard-00000", "shard-00001", "finalize"):
        run_step(job_id, step, services)
    client = redis.Redis.from_url(shared_redis.url)
    assert [key for key in client.scan_iter(f"*{job_id}*") if client.ttl(key) == -1] == []


def test_what_is_noted_of_a_job_behind_its_end_goes_by_itself(services: Services, shared_redis: RedisServer) -> None:
    board = services.board
    board.counters.postpone("over", "plan", delay_s=1)
    board.counters.seconds_missing("over", "plan")
    board.counters.reset_attempts("over", "plan")
    board.counters.count_failure("over", "plan")
    client = redis.Redis.from_url(shared_redis.url)
    found = list(client.scan_iter("*over"))
    assert len(found) == 5
    assert all(client.ttl(key) > 0 for key in found)


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


def test_a_step_that_ends_behind_its_job_brings_nothing_back(services: Services, shared_redis: RedisServer) -> None:
    job_id = submit_explanation(services)
    for step in ("plan", "shard-00000", "shard-00001", "finalize"):
        run_step(job_id, step, services)
    advance(job_id, services, completed="shard-00001")
    client = redis.Redis.from_url(shared_redis.url, decode_responses=True)
    left = {str(key).split(":")[1] for key in client.scan_iter(f"*{job_id}*")}
    assert left <= {"stop", "attempts"}


def test_only_one_worker_reconciles_at_a_time(services: Services, shared_redis: RedisServer) -> None:
    lose_the_first_message(services, shared_redis)
    with services.board.rounds.lead() as lead:
        assert lead is not None
        assert reconcile(services) == 0
        assert services.queue.waiting() == set()
        assert lead.renew()


def test_calls_that_have_piled_up_become_one(services: Services, monkeypatch: pytest.MonkeyPatch) -> None:
    store = CountingStore(services.store)
    counted = dataclasses.replace(services, store=store)
    monkeypatch.setattr(reconcile_module, "LOOKS_A_ROUND", 0)
    for _ in range(5):
        reconcile(counted, rest_s=60)
    assert store.calls.count("list active/") == 1


def test_a_leader_that_died_is_replaced(services: Services, shared_redis: RedisServer) -> None:
    client = redis.Redis.from_url(shared_redis.url)
    with services.board.rounds.lead() as lead:
        assert lead is not None
        assert 0 < client.pttl("florescope:reconciler") <= 20_000
        client.delete("florescope:reconciler")
        with services.board.rounds.lead() as other:
            assert other is not None
            assert not lead.renew()


def lose_the_first_message(services: Services, server: RedisServer) -> str:
    """Submit a job, and lose the message of its first step."""
    job_id = submit_explanation(services)
    redis.Redis.from_url(server.url).delete("light")
    return job_id


@pytest.mark.parametrize("stage", ["submitted", "planned", "cancelled"])
def test_a_round_costs_the_same_calls_for_many_jobs_as_for_few(
    services: Services, shared_redis: RedisServer, stage: str
) -> None:
    client, costs = redis.Redis.from_url(shared_redis.url), []
    for jobs in (1, 10, 20):  # the first round loads the scripts
        client.flushall()
        store = CountingStore(MemoryStore(f"{stage} {jobs}"))
        counted = dataclasses.replace(services, store=store)
        for number in range(jobs):
            store_job_at(f"job-{number}", counted, stage)
        services.board.rules.copy(services.store)
        store.calls.clear()
        for rarely in ("index", "rules", "turns", "notices"):
            client.set(f"florescope:next:{rarely}", "1")
        with counted_round_trips() as round_trips:
            assert reconcile(counted) == 0
            costs.append((tuple(store.calls), round_trips()))
    assert costs[1] == costs[2]
    assert costs[1][0] == ("list active/",)


def store_job_at(job_id: str, services: Services, stage: str) -> None:
    """Store a job that is at this stage, with its messages, leases and window in place."""
    services.store.put(keys.active(job_id), b"")
    services.board.turns.put(job_id, Turn())
    if stage == "cancelled":
        services.board.stop(job_id)
        services.queue.enqueue(job_id, "finalize")
    elif stage == "planned":
        services.windows.begin(job_id, [f"shard-{number:05d}" for number in range(9)])
        for step in services.windows.advance(job_id, size=services.window_size()).enqueue:
            services.queue.enqueue(job_id, step)
        services.leases.take(job_id, "shard-00000", token="somebody")
    else:
        services.queue.enqueue(job_id, "plan")


@pytest.mark.parametrize("damage", [b'{"id":', b'{"schema_version":99,"added_later":1}'])
def test_one_job_that_cannot_be_read_holds_up_no_other(
    services: Services, shared_redis: RedisServer, monkeypatch: pytest.MonkeyPatch, damage: bytes
) -> None:
    monkeypatch.setattr(reconcile_module, "GRACE_S", 0)
    damaged, good = submit_explanation(services), submit_explanation(services)
    redis.Redis.from_url(shared_redis.url).delete("light")
    services.store.put(keys.spec(damaged), damage)
    reconcile(services)
    assert (good, "plan") in services.queue.waiting()
    assert services.store.head(keys.end(damaged)) is None
    assert ((damaged, "plan") in services.queue.waiting()) == (b"schema" in damage)


@pytest.mark.parametrize(
    ("damage", "cancelled", "state"),
    [
        (b"{", False, JobState.FAILED),
        (b"{", True, JobState.CANCELLED),
        (b'{"schema_version":99}', True, JobState.CANCELLED),
        (b'{"schema_version":99}', False, None),
    ],
)
def test_a_job_that_nobody_can_read_ends_unless_a_later_release_may_know_it(
    services: Services,
    shared_redis: RedisServer,
    monkeypatch: pytest.MonkeyPatch,
    damage: bytes,
    cancelled: bool,
    state: JobState | None,
) -> None:
    monkeypatch.setattr(lost_job, "UNREADABLE_LIMIT_S", 0)
    job_id = submit_explanation(services)
    services.store.put(keys.spec(job_id), damage)
    if cancelled:
        request_cancel(job_id, store=services.store, board=services.board, queue=services.queue)
    redis.Redis.from_url(shared_redis.url).delete("light", "finalize")
    reconcile(services)
    if state is None:
        assert services.store.head(keys.end(job_id)) is None
        return
    assert JobEnd.decode(services.store.get(keys.end(job_id))).state is state
    assert services.store.head(keys.active(job_id)) is None


def test_a_job_whose_end_is_written_is_closed_even_if_its_end_cannot_be_read(
    services: Services, shared_redis: RedisServer
) -> None:
    job_id = lose_the_first_message(services, shared_redis)
    services.store.put(keys.end(job_id), b"torn")
    reconcile(services)
    assert services.store.head(keys.active(job_id)) is None


def test_a_cancellation_that_redis_never_heard_of_is_found_in_turn(
    services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reconcile_module, "LOOK_EVERY_S", 0)
    job_id = submit_explanation(services)
    services.store.put(keys.cancel(job_id), b"")
    reconcile(services)
    assert services.board.stopped(job_id)


def test_what_is_noted_of_a_job_that_lives_on_is_kept(
    services: Services, shared_redis: RedisServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reconcile_module, "LOOK_EVERY_S", 0)
    client = redis.Redis.from_url(shared_redis.url)
    job_id = submit_explanation(services)
    run_step(job_id, "plan", services)
    for name in ("out", "begun"):
        client.expire(f"florescope:{name}:{job_id}", 60)
    reconcile(services)
    assert all(client.ttl(f"florescope:{name}:{job_id}") > 60 for name in ("out", "begun"))
