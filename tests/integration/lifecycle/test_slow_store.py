"""A store whose calls take longer than a lead lasts: whoever reconciles goes on leading, and comes to its end."""

from __future__ import annotations

import dataclasses
import time
from typing import Any

import pytest
import redis

from dispatch import rounds
from dispatch.names import LIGHT_QUEUE
from jobs import keys
from tests.integration.lifecycle.conftest import submit_light
from tests.services.disturbed_store import Disturbed
from tests.services.redis_server import RedisServer
from tests.services.refusing_store import RefusingStore
from workers.lifecycle import refused_jobs
from workers.lifecycle.reconcile import reconcile
from workers.step.services import Services

LEADS_FOR_S, LONGER_S = 0.3, 0.6


@pytest.fixture(autouse=True)
def _short_lead(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rounds, "LEADS_FOR_S", LEADS_FOR_S)
    monkeypatch.setattr(rounds, "BEAT_S", 0.05)


def slowed(store: Any, key: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Have each call about this key, or prefix, take longer than a lead lasts."""
    ask = store._ask

    def ask_slowly(each: str) -> None:
        if each == key:
            time.sleep(LONGER_S)
        ask(each)

    monkeypatch.setattr(store, "_ask", ask_slowly)


def test_a_refusal_that_takes_longer_than_a_lead_holds_up_no_other_job(
    light: Services, store: RefusingStore, shared_redis: RedisServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    refused, good = submit_light(light), submit_light(light)
    redis.Redis.from_url(shared_redis.url).delete(LIGHT_QUEUE)
    store.refused = keys.spec(refused)
    slowed(store, keys.spec(refused), monkeypatch)
    reconcile(light)
    assert light.queue.waiting() == {(good, "plan")}
    assert light.board.rounds.not_yet([f"refused:{refused}"])


def test_a_job_whose_refusal_takes_long_is_left_alone_for_longer(
    light: Services, store: RefusingStore, shared_redis: RedisServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(refused_jobs, "AGAIN_AFTER_S", LONGER_S / 10)
    client, refused = redis.Redis.from_url(shared_redis.url), submit_light(light)
    client.delete(LIGHT_QUEUE)
    store.refused = keys.spec(refused)
    slowed(store, keys.spec(refused), monkeypatch)
    reconcile(light)
    assert client.pttl(f"florescope:next:refused:{refused}") > LONGER_S * 5000


def test_a_round_whose_list_of_jobs_takes_longer_than_a_lead_finds_lost_steps(
    light: Services, store: RefusingStore, shared_redis: RedisServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    job_id = submit_light(light)
    redis.Redis.from_url(shared_redis.url).delete(LIGHT_QUEUE)
    slowed(store, keys.ACTIVE_PREFIX, monkeypatch)
    reconcile(light)
    assert light.queue.waiting() == {(job_id, "plan")}


def test_nobody_else_reconciles_during_a_call_that_takes_longer_than_a_lead(
    light: Services, store: RefusingStore
) -> None:
    leaders = list[bool]()

    def look() -> None:
        time.sleep(LONGER_S)
        with light.board.rounds.lead() as lead:
            leaders.append(lead is not None)

    reconcile(dataclasses.replace(light, store=Disturbed(store, happens=look, name="list")))
    assert leaders == [False]


def test_a_leader_that_hangs_for_longer_than_any_call_takes_leads_no_more(
    light: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rounds, "LONGEST_CALL_S", 0.1)
    with light.board.rounds.lead() as lead:
        assert lead is not None
        time.sleep(LEADS_FOR_S + 2 * LONGER_S)
        with light.board.rounds.lead() as other:
            assert other is not None
        assert not lead.renew()
