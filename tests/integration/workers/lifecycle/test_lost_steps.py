"""Steps whose messages are lost are sent again, and nothing else is."""

from __future__ import annotations

import pytest
import redis

from jobs import keys
from tests.integration.workers.conftest import submit_explanation
from tests.services.redis_server import RedisServer
from workers.lifecycle import reconcile as reconcile_module
from workers.lifecycle.reconcile import reconcile
from workers.step.services import Services


def test_a_lost_message_is_sent_again_and_a_waiting_one_is_not(
    services: Services, shared_redis: RedisServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reconcile_module, "GRACE_S", 0)
    job_id = submit_explanation(services)
    assert reconcile(services) == 0
    redis.Redis.from_url(shared_redis.url).delete("light")
    assert reconcile(services) == 1
    assert services.queue.waiting() == {(job_id, "plan")}


def test_a_marker_without_a_specification_goes_once_no_submission_can_be_under_way(services: Services) -> None:
    old, young = ("01h00000000000000000000000", submit_explanation(services))
    services.store.put(keys.active(old), b"")
    services.store.delete(keys.spec(young))
    reconcile(services)
    assert [info.key for info in services.store.list(keys.ACTIVE_PREFIX)] == [keys.active(young)]


def test_a_cancellation_that_redis_never_heard_of_is_found_in_turn(
    services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reconcile_module, "LOOK_EVERY_S", 0)
    job_id = submit_explanation(services)
    services.store.put(keys.cancel(job_id), b"")
    reconcile(services)
    assert services.board.stopped(job_id)
