"""What jobs have in Redis is kept while they live, and goes with them."""

from __future__ import annotations

import pytest
import redis

from tests.integration.workers.conftest import submit_explanation
from tests.services.redis_server import RedisServer
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


def test_a_step_that_ends_behind_its_job_brings_nothing_back(services: Services, shared_redis: RedisServer) -> None:
    job_id = submit_explanation(services)
    for step in ("plan", "shard-00000", "shard-00001", "finalize"):
        run_step(job_id, step, services)
    advance(job_id, services, completed="shard-00001")
    client = redis.Redis.from_url(shared_redis.url, decode_responses=True)
    left = {str(key).split(":")[1] for key in client.scan_iter(f"*{job_id}*")}
    assert left <= {"stop", "attempts"}


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
