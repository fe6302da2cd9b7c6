"""A store that answers and refuses some objects of one job: all other jobs go on."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
import redis

from dispatch.names import EXPLAIN_QUEUE, LIGHT_QUEUE
from dispatch.rounds import LeadLost
from dispatch.turns.shared_rules import pause_queue
from jobs import keys
from jobs.errors import StoreUnavailable
from jobs.lists import index_keys
from jobs.turns.turn import Pause, Turn
from tests.integration.lifecycle.conftest import submit_light
from tests.services.redis_server import RedisServer
from tests.services.refusing_store import RefusingStore
from workers.lifecycle.reconcile import reconcile
from workers.step.services import Services


@pytest.mark.parametrize("lost", ["messages", "everything"])
def test_one_job_that_the_store_refuses_holds_up_no_other(
    light: Services, store: RefusingStore, shared_redis: RedisServer, lost: str
) -> None:
    refused, good = submit_light(light), submit_light(light)
    client = redis.Redis.from_url(shared_redis.url)
    if lost == "messages":
        client.delete(LIGHT_QUEUE)
    else:
        client.flushall()
    store.refused = keys.spec(refused)
    reconcile(light)
    assert light.queue.waiting() == {(good, "plan")}
    store.refused = None
    light.board.rounds.at_once(f"refused:{refused}")
    reconcile(light)
    assert light.queue.waiting() == {(good, "plan"), (refused, "plan")}


@pytest.mark.parametrize("refusal", [keys.spec, keys.job])
@pytest.mark.parametrize("lost", ["messages", "everything"])
def test_a_refused_job_is_tried_once_a_minute_and_not_in_every_round(
    light: Services,
    store: RefusingStore,
    shared_redis: RedisServer,
    monkeypatch: pytest.MonkeyPatch,
    *,
    lost: str,
    refusal: Callable[[str], str],
) -> None:
    monkeypatch.setattr("workers.lifecycle.reconcile.LOOK_EVERY_S", 1000)
    client, refused = redis.Redis.from_url(shared_redis.url), submit_light(light)
    if lost == "messages":
        client.delete(LIGHT_QUEUE)
    else:
        client.flushall()
    tries = list[str]()
    monkeypatch.setattr(store, "ping", lambda: tries.append(refused))
    store.refused = refusal(refused)
    for _ in range(3):
        reconcile(light)
    assert len(tries) == 1
    light.board.rounds.at_once(f"refused:{refused}")
    reconcile(light)
    assert len(tries) == 2


def test_a_step_that_was_postponed_goes_on_although_an_object_of_its_job_is_refused(
    light: Services, store: RefusingStore, shared_redis: RedisServer
) -> None:
    job_id = submit_light(light)
    redis.Redis.from_url(shared_redis.url).delete(LIGHT_QUEUE)
    store.refused = keys.turn(job_id)
    light.board.turns.keep_only([])
    reconcile(light)
    assert light.board.rounds.not_yet([f"refused:{job_id}"])
    light.board.counters.postpone(job_id, "plan", delay_s=0)
    reconcile(light)
    assert light.queue.waiting() == {(job_id, "plan")}


def test_the_cancellation_of_a_refused_job_is_heard_all_the_same(
    light: Services, store: RefusingStore, shared_redis: RedisServer
) -> None:
    refused = submit_light(light)
    redis.Redis.from_url(shared_redis.url).delete(LIGHT_QUEUE)
    store.refused = keys.spec(refused)
    reconcile(light)
    store.put(keys.cancel(refused), b"")
    reconcile(light)
    assert light.board.stopped(refused)


def test_a_round_ends_where_the_store_does_not_answer_at_all(
    light: Services, store: RefusingStore, shared_redis: RedisServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    refused, _ = submit_light(light), submit_light(light)
    redis.Redis.from_url(shared_redis.url).delete(LIGHT_QUEUE)
    store.refused = keys.spec(refused)

    def silent() -> None:
        raise StoreUnavailable("the store does not answer")

    monkeypatch.setattr(store, "ping", silent)
    with pytest.raises(StoreUnavailable, match="does not answer"):
        reconcile(light)


def test_the_cancellation_of_another_job_is_found(light: Services, store: RefusingStore) -> None:
    refused, other = submit_light(light), submit_light(light)
    store.put(keys.cancel(other), b"")
    store.refused = keys.job(refused)
    reconcile(light)
    assert light.board.stopped(other)


def test_the_deadline_of_another_job_counts(light: Services, store: RefusingStore) -> None:
    refused, other = submit_light(light), submit_light(light)
    for job_id in (refused, other):
        light.board.turns.put(job_id, Turn(deadline=datetime.now(UTC) - timedelta(minutes=1), revision=1))
    store.refused = keys.job(refused)
    reconcile(light)
    assert store.head(keys.cancel(other)) is not None


def test_the_failures_of_another_job_are_counted(light: Services, store: RefusingStore) -> None:
    refused, other = submit_light(light), submit_light(light)
    counts = light.board.progress.counts
    for job_id in (refused, other):
        counts.leave_uncounted(job_id, ["shard-00000"])
    store.refused = keys.reports(refused)
    reconcile(light)
    assert [counts.uncounted(job_id, limit=9) for job_id in (refused, other)] == [[], []]


def test_a_queue_stays_paused_whose_pause_the_store_refuses(
    light: Services, store: RefusingStore, shared_redis: RedisServer
) -> None:
    good = submit_light(light)
    pause_queue(EXPLAIN_QUEUE, Pause(by="anna", at=datetime.now(UTC)), store)
    redis.Redis.from_url(shared_redis.url).flushall()
    store.refused = keys.paused_queue(EXPLAIN_QUEUE)
    reconcile(light)
    assert set(light.board.rules.known(store).pauses) == {EXPLAIN_QUEUE}
    assert (good, "plan") in light.queue.waiting()


def test_notices_are_sent_although_a_part_of_the_index_is_refused(
    light: Services, store: RefusingStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    started = list[Services]()
    monkeypatch.setattr("workers.lifecycle.reconcile.start_sending", started.append)
    store.refused = index_keys.STATE
    reconcile(light)
    assert started == [light]


@pytest.mark.parametrize("part", ["reports", "index"])
def test_a_round_ends_that_was_relieved_while_it_tried_what_is_refused(
    light: Services, store: RefusingStore, shared_redis: RedisServer, monkeypatch: pytest.MonkeyPatch, part: str
) -> None:
    monkeypatch.setattr("dispatch.rounds.RENEW_EVERY_S", 0)
    monkeypatch.setattr("workers.lifecycle.reconcile.LOOK_EVERY_S", 1000)
    job_id, client = submit_light(light), redis.Redis.from_url(shared_redis.url)
    reconcile(light)
    light.board.rounds.at_once("index")
    light.board.progress.counts.leave_uncounted(job_id, ["shard-00000"])
    for info in list(store.list(index_keys.entries(job_id))):
        store.delete(info.key)

    def relieve() -> None:
        (leader,) = client.keys("*reconciler")
        client.set(leader, "another")

    monkeypatch.setattr(store, "ping", relieve)
    store.refused = keys.reports(job_id) if part == "reports" else keys.spec(job_id)
    with pytest.raises(LeadLost):
        reconcile(light)
