"""A job whose documents cannot be read holds up no other, and ends."""

from __future__ import annotations

import pytest
import redis

from dispatch.submission import request_cancel
from jobs import keys
from jobs.job import JobEnd
from jobs.state import JobState
from tests.integration.workers.conftest import submit_explanation
from tests.integration.workers.lifecycle.conftest import lose_the_message
from tests.services.redis_server import RedisServer
from workers.lifecycle import lost_job
from workers.lifecycle import reconcile as reconcile_module
from workers.lifecycle.reconcile import reconcile
from workers.step.services import Services


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
    job_id = lose_the_message(services, shared_redis)
    services.store.put(keys.end(job_id), b"torn")
    reconcile(services)
    assert services.store.head(keys.active(job_id)) is None
