"""A worker that lives through an outage of Redis has not died, however often that happens."""

from __future__ import annotations

from contextlib import ExitStack
from typing import Any

import pytest
import redis

from jobs import keys
from jobs.errors import BoardUnavailable, StoreUnavailable
from tests.integration.lifecycle.conftest import submit_light
from tests.services.redis_server import RedisServer
from tests.services.refusals import refusing
from tests.services.refusing_store import RefusingStore
from workers.lifecycle.hopeless import MAX_DEATHS
from workers.lifecycle.run_step import run_step
from workers.step.services import Services


def cut_off(services: Services, server: RedisServer, job_id: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Run the planning of a job on a worker that loses the store and Redis in its midst."""
    with monkeypatch.context() as patch, ExitStack() as outage:

        def lose_both(*_: Any) -> None:
            outage.enter_context(refusing(server, "OOM"))
            raise StoreUnavailable("the network is gone")

        patch.setattr("workers.lifecycle.plan_job.plan_job", lose_both)
        with pytest.raises(BoardUnavailable):
            run_step(job_id, "plan", services)
    redis.Redis.from_url(server.url).delete(f"florescope:lease:{job_id}:plan")  # as it ends by itself


def test_a_worker_that_was_cut_off_has_not_died(
    light: Services, store: RefusingStore, shared_redis: RedisServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    job_id = submit_light(light)
    for _ in range(MAX_DEATHS + 1):
        cut_off(light, shared_redis, job_id, monkeypatch)
    assert run_step(job_id, "plan", light) == "planned"
    assert store.head(keys.end(job_id)) is None
