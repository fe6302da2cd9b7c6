"""With the broker or the store down, a submission gets a 503 and leaves nothing half-made."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest

from api import readiness
from api.app import create_app
from dispatch.connection import Connection, connect
from dispatch.live_progress import LiveProgress
from jobs import keys
from jobs.errors import BoardUnavailable, StoreUnavailable
from jobs.state import JobState
from store.memory import MemoryStore
from tests.integration.api.conftest import TRAIN, Api, assert_problem
from tests.services.api_server import api_client
from tests.services.ports import free_port
from tests.services.redis_server import RedisServer
from tests.services.refusals import REFUSALS, refusing
from tests.services.refusing_store import RefusingStore


class LostStore(RefusingStore):
    """Besides, takes nothing whose key holds ``lost``; its answers to puts that hold ``lost_answer`` are lost."""

    lost: str | None = None
    lost_answer: str | None = None

    def put(self, key: str, data: bytes, **options: Any) -> Any:
        if self.lost is not None and self.lost in key:
            raise StoreUnavailable(f"the store {self.url} does not take {key}")
        found = super().put(key, data, **options)
        if self.lost_answer is not None and self.lost_answer in key:
            raise StoreUnavailable(f"the store {self.url} does not answer")
        return found


@pytest.fixture
def no_broker(store: MemoryStore) -> Iterator[Api]:
    connection = connect(redis_url=f"redis://127.0.0.1:{free_port()}/0")
    with api_client(create_app(store=store, board=connection.board, queue=connection.queue)) as http:
        yield Api(http, store, connection)


@pytest.fixture
def lost(connection: Connection) -> LostStore:
    del connection
    return LostStore("lost")


@pytest.fixture
def no_store(lost: LostStore, connection: Connection) -> Iterator[Api]:
    with api_client(create_app(store=lost, board=connection.board, queue=connection.queue)) as http:
        yield Api(http, lost, connection)


@pytest.mark.parametrize("headers", [{}, {"Idempotency-Key": "once"}])
def test_without_a_broker_a_submission_leaves_nothing(no_broker: Api, headers: dict[str, str]) -> None:
    answer = no_broker.http.post("/v1/jobs", json=TRAIN, headers=headers)
    body = assert_problem(answer, 503)
    assert "Redis at 127.0.0.1" in body["detail"]
    assert int(answer.headers["retry-after"]) > 0
    assert no_broker.contents() == {}


def test_without_a_broker_a_job_that_is_over_is_shown(no_broker: Api, connection: Connection) -> None:
    with api_client(create_app(store=no_broker.store, board=connection.board, queue=connection.queue)) as http:
        job_id = Api(http, no_broker.store, connection).submit()
    assert_problem(no_broker.http.get(f"/v1/jobs/{job_id}"), 503)
    no_broker.end(job_id, JobState.SUCCEEDED)
    assert no_broker.http.get(f"/v1/jobs/{job_id}").json()["state"] == "succeeded"


def test_without_a_broker_a_job_can_still_be_cancelled(no_broker: Api, connection: Connection) -> None:
    with api_client(create_app(store=no_broker.store, board=connection.board, queue=connection.queue)) as http:
        job_id = Api(http, no_broker.store, connection).submit()
    no_broker.http.post(f"/v1/jobs/{job_id}:cancel")
    assert no_broker.store.head(keys.cancel(job_id)) is not None


def test_a_job_that_is_taken_in_is_told_so_though_redis_goes_right_after(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    def gone(*_: object, **__: object) -> None:
        raise BoardUnavailable("Redis does not answer")

    monkeypatch.setattr(LiveProgress, "snapshot", gone)
    answer = api.http.post("/v1/jobs", json=TRAIN)
    assert answer.status_code == 202
    assert api.store.head(keys.active(answer.json()["id"])) is not None


def test_without_a_store_a_submission_enqueues_nothing(no_store: Api, lost: LostStore) -> None:
    lost.away = True
    body = assert_problem(no_store.http.post("/v1/jobs", json=TRAIN), 503)
    assert "memory://lost does not answer" in body["detail"]
    lost.away = False
    assert no_store.contents() == {}
    assert no_store.connection.queue.waiting() == set()


@pytest.mark.parametrize("key", [keys.ACTIVE_PREFIX, "spec.json"])
def test_a_store_that_is_lost_half_way_leaves_nothing(no_store: Api, lost: LostStore, key: str) -> None:
    lost.lost = key
    assert_problem(no_store.http.post("/v1/jobs", json=TRAIN), 503)
    lost.lost = None
    assert no_store.contents() == {}
    assert no_store.http.get("/v1/jobs").json()["items"] == []
    assert no_store.connection.queue.waiting() == set()


def test_the_same_key_makes_the_job_once_the_store_is_back(no_store: Api, lost: LostStore) -> None:
    headers = {"Idempotency-Key": "once"}
    lost.lost = keys.ACTIVE_PREFIX
    assert_problem(no_store.http.post("/v1/jobs", json=TRAIN, headers=headers), 503)
    lost.lost = None
    answer = no_store.http.post("/v1/jobs", json=TRAIN, headers=headers)
    assert answer.status_code == 202
    job_id = answer.json()["id"]
    assert no_store.store.head(keys.active(job_id)) is not None
    assert no_store.connection.queue.waiting() == {(job_id, "plan")}


def test_a_form_is_one_job_though_the_store_s_answer_got_lost_and_it_was_sent_again(
    no_store: Api, lost: LostStore
) -> None:
    lost.lost_answer = "spec.json"
    answer = no_store.http.post("/new/train", data={**TRAIN, "_token": "mine"})
    assert answer.status_code == 503
    assert "Send it again as it is" in answer.text
    lost.lost_answer = None
    (token,) = re.findall('name="_token" value="([^"]*)"', answer.text)
    assert no_store.http.post("/new/train", data={**TRAIN, "_token": token}).status_code == 303
    assert len(no_store.http.get("/v1/jobs").json()["items"]) == 1


def test_without_a_broker_the_numbers_say_so(no_broker: Api) -> None:
    told = no_broker.http.get("/metrics").text
    assert "florescope_redis_up 0.0" in told
    assert "florescope_store_up 1.0" in told
    assert "florescope_queue_messages" not in told


def test_without_a_store_the_numbers_say_so(no_store: Api, lost: LostStore) -> None:
    lost.away = True
    told = no_store.http.get("/metrics").text
    assert "florescope_store_up 0.0" in told
    assert "florescope_redis_up 1.0" in told
    assert 'florescope_queue_messages{queue="light"} 0.0' in told
    assert "florescope_jobs_active" not in told


@pytest.mark.parametrize(("every_s", "expected"), [(readiness.PROVE_EVERY_S, 1), (0, 3)])
def test_readyz_proves_the_store_now_and_then_and_else_only_looks(
    no_store: Api, monkeypatch: pytest.MonkeyPatch, every_s: float, expected: int
) -> None:
    proofs: list[str] = []
    prove = LostStore.self_test

    def check(store: LostStore) -> None:
        proofs.append(store.url)
        prove(store)

    monkeypatch.setattr(LostStore, "self_test", check)
    monkeypatch.setattr(readiness, "PROVE_EVERY_S", every_s)
    assert [no_store.http.get("/readyz").status_code for _ in range(3)] == [200, 200, 200]
    assert proofs == ["memory://lost"] * expected


def test_readyz_names_what_is_missing_and_livez_asks_nobody(no_broker: Api, no_store: Api, lost: LostStore) -> None:
    assert "broker: Redis at 127.0.0.1" in assert_problem(no_broker.http.get("/readyz"), 503)["detail"]
    assert no_store.http.get("/readyz").json() == {"status": "ready", "store": "ok", "broker": "ok"}
    lost.away = True
    assert "object store memory://lost" in assert_problem(no_store.http.get("/readyz"), 503)["detail"]
    assert no_broker.http.get("/livez").status_code == no_store.http.get("/livez").status_code == 200


@pytest.mark.parametrize("refusal", REFUSALS)
def test_readyz_says_so_while_a_redis_that_answers_takes_no_job(
    no_store: Api, shared_redis: RedisServer, refusal: str
) -> None:
    assert no_store.http.get("/readyz").status_code == 200
    with refusing(shared_redis, refusal):
        assert "broker: Redis at 127.0.0.1" in assert_problem(no_store.http.get("/readyz"), 503)["detail"]
        assert_problem(no_store.http.post("/v1/jobs", json=TRAIN), 503)
        assert list(no_store.store.list(keys.ACTIVE_PREFIX)) == []
    assert no_store.http.get("/readyz").status_code == 200
    assert no_store.http.post("/v1/jobs", json=TRAIN).status_code == 202
