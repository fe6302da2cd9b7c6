"""A job that cannot be read is one row that says so: the others are listed, counted and shown as ever."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from api.app import create_app
from dispatch.connection import Connection
from dispatch.submission import submit
from jobs import keys
from jobs.job import JobResource
from jobs.lists import index_keys
from jobs.specs.spec import spec_adapter
from jobs.state import JobState
from tests.integration.api.conftest import TRAIN, Api, assert_problem
from tests.services.api_server import api_client
from tests.services.refusing_store import RefusingStore

Damage = Callable[[bytes], bytes]


def truncated(data: bytes) -> bytes:
    return data[: len(data) // 2]


def of_unknown_kind(data: bytes) -> bytes:
    document = json.loads(data)
    return json.dumps({**document, "spec": {"kind": "dance"}}).encode()


def with_a_new_field(data: bytes) -> bytes:
    return json.dumps({**json.loads(data), "schema_version": 99, "added_later": 1}).encode()


DAMAGES: list[tuple[Damage, str]] = [
    (truncated, "cannot be read: "),
    (of_unknown_kind, "cannot be read: spec: "),
    (with_a_new_field, "written by a newer version of Florescope"),
]


def accepted(api: Api) -> str:
    """A job that this API has not read yet."""
    spec = spec_adapter.validate_python(TRAIN)
    return submit(spec, store=api.store, board=api.connection.board, queue=api.connection.queue).job.id


def damage(api: Api, key: str, how: Damage) -> None:
    api.store.put(key, how(api.store.get(key)))


@pytest.mark.parametrize(("how", "words"), DAMAGES)
def test_a_job_that_cannot_be_read_is_a_row_among_the_others(api: Api, how: Damage, words: str) -> None:
    older, damaged, newer = (accepted(api) for _ in range(3))
    damage(api, keys.spec(damaged), how)
    items = api.http.get("/v1/jobs").json()["items"]
    assert [item["id"] for item in items] == [newer, damaged, older]
    row = JobResource.model_validate(items[1])
    assert (row.kind, row.spec.kind, row.state) == ("unknown", "unknown", JobState.QUEUED)
    assert row.error is not None
    assert words in row.error.message
    page = api.http.get("/", headers={"Accept": "text/html"})
    assert page.status_code == 200
    assert all(job_id in page.text for job_id in (older, damaged, newer))
    assert 'florescope_jobs_active{state="queued"} 3.0' in api.http.get("/metrics").text


@pytest.mark.parametrize("document", [keys.spec, keys.end, keys.note, keys.turn])
def test_a_job_that_the_store_refuses_is_a_row_among_the_others(
    connection: Connection, document: Callable[[str], str]
) -> None:
    store = RefusingStore("refusing")
    with api_client(create_app(store=store, board=connection.board, queue=connection.queue)) as http:
        api = Api(http, store, connection)
        older, refused, newer = (accepted(api) for _ in range(3))
        store.put(index_keys.remarks(refused), b"")
        if document is keys.turn:  # which is asked for while a job goes on, where the board does not know it
            connection.board.turns.keep_only([older, newer])
        else:
            api.end(refused)
        store.refused = document(refused)
        for asked in ("/v1/jobs", "/v1/jobs?sort=name"):
            items = http.get(asked).json()["items"]
            assert {item["id"] for item in items} == {older, refused, newer}
        store.away = True
        assert_problem(http.get("/v1/jobs"), 503)


@pytest.mark.parametrize(("how", "words"), DAMAGES)
def test_to_look_at_such_a_job_is_answered_with_what_is_wrong(api: Api, how: Damage, words: str) -> None:
    job_id = accepted(api)
    damage(api, keys.spec(job_id), how)
    for path in (f"/v1/jobs/{job_id}", f"/v1/jobs/{job_id}/events", f"/v1/jobs/{job_id}/results"):
        assert words in assert_problem(api.http.get(path), 409)["detail"]
    assert api.http.get(f"/jobs/{job_id}", headers={"Accept": "text/html"}).status_code == 409


@pytest.mark.parametrize(("how", "words"), [DAMAGES[0], DAMAGES[2]])
def test_an_end_that_cannot_be_read_is_told_like_a_failure(api: Api, how: Damage, words: str) -> None:
    job_id = accepted(api)
    api.end(job_id)
    damage(api, keys.end(job_id), how)
    (item,) = api.http.get("/v1/jobs").json()["items"]
    assert (item["kind"], item["state"]) == ("unknown", "failed")
    assert words in item["error"]["message"]
    assert_problem(api.http.get(f"/v1/jobs/{job_id}"), 409)


def test_a_job_that_is_over_keeps_its_state_where_only_its_specification_is_damaged(api: Api) -> None:
    job_id = accepted(api)
    api.end(job_id, JobState.SUCCEEDED)
    damage(api, keys.spec(job_id), truncated)
    (item,) = api.http.get("/v1/jobs").json()["items"]
    assert (item["kind"], item["state"], item["progress"]["done"]) == ("unknown", "succeeded", 10)
    assert item["finished_at"] is not None


def test_a_job_that_cannot_be_read_can_be_cancelled(api: Api) -> None:
    job_id = accepted(api)
    damage(api, keys.spec(job_id), truncated)
    answer = api.http.post(f"/v1/jobs/{job_id}:cancel")
    assert (answer.status_code, answer.json()["state"]) == (202, "cancelling")
    assert api.store.head(keys.cancel(job_id)) is not None
    assert_problem(api.http.post("/v1/jobs/nothing:cancel"), 404)


@pytest.mark.parametrize(("how", "words"), [DAMAGES[0], DAMAGES[2]])
def test_a_model_that_cannot_be_read_is_named_beside_those_that_can(
    api: Api, rose: str, how: Damage, words: str
) -> None:
    api.store.put(keys.model("tulip"), how(api.store.get(keys.model(rose))))
    page = api.http.get("/v1/models").json()
    assert [model["id"] for model in page["items"]] == [rose]
    assert [model["id"] for model in page["unreadable"]] == ["tulip"]
    assert words in page["unreadable"][0]["reason"]
    html = api.http.get("/models", headers={"Accept": "text/html"})
    assert html.status_code == 200
    assert "tulip" in html.text
    assert words in assert_problem(api.http.get("/v1/models/tulip"), 409)["detail"]
