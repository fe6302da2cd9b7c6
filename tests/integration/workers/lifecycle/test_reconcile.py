"""What workers keep alive in Redis while they work, and what they leave there."""

from __future__ import annotations

import dataclasses
import time
from typing import Any

import pytest
import redis

from dispatch.connection import connect
from tests.integration.workers.conftest import submit_explanation
from tests.services.redis_server import RedisServer
from workers.lifecycle import plan_job
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
    assert len(found) == 4
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
