from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest

from jobs import keys
from tests.integration.api.conftest import TRAIN, Api, assert_problem

AT_ONCE = 50


def post(api: Api, key: str, **changes: Any) -> httpx.Response:
    return api.http.post("/v1/jobs", json={**TRAIN, **changes}, headers={"Idempotency-Key": key})


def test_the_same_key_gives_the_same_job(api: Api) -> None:
    first, second = post(api, "k"), post(api, "k")
    assert first.status_code == second.status_code == 202
    assert first.json()["id"] == second.json()["id"]
    assert first.headers["location"] == second.headers["location"] == f"/v1/jobs/{first.json()['id']}"
    assert len(list(api.store.list(keys.ACTIVE_PREFIX))) == 1


def test_the_same_key_gives_the_same_job_when_it_is_over(api: Api) -> None:
    job_id = post(api, "k").json()["id"]
    api.end(job_id)
    again = post(api, "k").json()
    assert (again["id"], again["state"]) == (job_id, "succeeded")


def test_spelling_out_a_default_is_the_same_specification(api: Api) -> None:
    assert post(api, "k").json()["id"] == post(api, "k", epochs=10).json()["id"]


def test_the_same_key_with_another_specification_is_a_conflict(api: Api) -> None:
    job_id = post(api, "k").json()["id"]
    before = api.contents()
    body = assert_problem(post(api, "k", epochs=3), 409)
    assert job_id in body["detail"]
    assert "use a new key" in body["detail"]
    assert api.contents() == before


def test_another_key_is_another_job(api: Api) -> None:
    assert post(api, "one").json()["id"] != post(api, "two").json()["id"]


def test_without_a_key_every_request_is_a_job(api: Api) -> None:
    assert api.submit() != api.submit()


def test_fifty_requests_at_once_with_one_key_make_one_job(api: Api) -> None:
    with ThreadPoolExecutor(AT_ONCE) as threads:
        answers = list(threads.map(lambda _: post(api, "once"), range(AT_ONCE)))
    assert {answer.status_code for answer in answers} == {202}
    assert len({answer.json()["id"] for answer in answers}) == 1
    job_id = answers[0].json()["id"]
    assert [info.key for info in api.store.list(keys.ACTIVE_PREFIX)] == [keys.active(job_id)]
    assert api.connection.queue.waiting() == {(job_id, "plan")}


@pytest.mark.parametrize("key", ["", "x" * 256])
def test_a_key_that_is_empty_or_too_long_is_refused(api: Api, key: str) -> None:
    body = assert_problem(post(api, key), 422)
    assert body["errors"][0]["field"].lower() == "idempotency-key"
    assert api.contents() == {}
