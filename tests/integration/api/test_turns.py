"""Whose turn it is, as the API takes and shows it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from dispatch.connection import Connection
from jobs import keys
from jobs.turns.turn import JobTurn
from tests.integration.api.conftest import Api, assert_problem

PREVIEW = {"kind": "preview", "dataset": "synthetic_flowers"}


def later(**after: int) -> str:
    return (datetime.now(UTC) + timedelta(**after)).isoformat()


def test_a_job_is_submitted_with_its_priority_and_its_deadline(api: Api) -> None:
    deadline = later(hours=1)
    answer = api.http.post("/v1/jobs", params={"priority": "high", "deadline": deadline}, json=PREVIEW)
    assert answer.status_code == 202, answer.text
    job = api.http.get(f"/v1/jobs/{answer.json()['id']}").json()
    assert job["turn"]["priority"] == "high"
    assert datetime.fromisoformat(job["turn"]["deadline"]) == datetime.fromisoformat(deadline)
    assert job["turn"]["pause"] is None


def test_the_page_shows_a_deadline_of_another_zone_in_utc(api: Api) -> None:
    year = datetime.now(UTC).year + 1
    params = {"deadline": f"{year}-01-31T18:00:00+05:30"}
    job_id = api.http.post("/v1/jobs", params=params, json=PREVIEW).json()["id"]
    assert f"{year}-01-31 12:30:00 UTC" in api.http.get(f"/jobs/{job_id}").text


@pytest.mark.parametrize("params", [{"priority": "urgent"}, {"deadline": later(hours=-1)}, {"deadline": "tomorrow"}])
def test_what_is_no_priority_or_has_passed_is_refused(api: Api, params: dict[str, str]) -> None:
    problem = assert_problem(api.http.post("/v1/jobs", params=params, json=PREVIEW), 422)
    assert [each["field"] for each in problem["errors"]] == list(params)
    assert api.http.get("/v1/jobs").json()["items"] == []


def test_a_waiting_job_gets_another_priority_and_its_remarks_stay(api: Api) -> None:
    job_id = api.submit()
    api.http.patch(f"/v1/jobs/{job_id}", json={"tags": ["kept"]})
    job = api.http.patch(f"/v1/jobs/{job_id}", json={"priority": "low"}).json()
    assert job["turn"]["priority"] == "low"
    assert job["remarks"]["tags"] == ["kept"]


def test_a_paused_job_says_so_wherever_it_is_shown(api: Api) -> None:
    job_id = api.submit()
    for job in (
        api.http.post(f"/v1/jobs/{job_id}:pause").json(),
        api.http.get(f"/v1/jobs/{job_id}").json(),
        api.http.get("/v1/jobs").json()["items"][0],
    ):
        assert job["turn"]["pause"] is not None
        assert job["progress"]["message"].startswith("paused")
    assert "data-paused >paused" in api.http.get(f"/jobs/{job_id}").text
    assert "data-paused >paused" in api.http.get("/").text
    assert api.http.post(f"/v1/jobs/{job_id}:resume").json()["turn"]["pause"] is None
    assert "data-paused hidden>paused" in api.http.get(f"/jobs/{job_id}").text


def test_also_when_redis_has_lost_all_it_knew(api: Api, connection: Connection) -> None:
    job_id = api.submit()
    api.http.post(f"/v1/jobs/{job_id}:pause")
    connection.board._keys.client.flushall()
    assert api.http.get(f"/v1/jobs/{job_id}").json()["turn"]["pause"] is not None


def test_a_job_that_is_over_has_no_turn(api: Api) -> None:
    job_id = api.submit()
    api.end(job_id)
    assert api.http.get(f"/v1/jobs/{job_id}").json()["turn"] is None
    for path in (":pause", ":resume"):
        assert "is over" in assert_problem(api.http.post(f"/v1/jobs/{job_id}{path}"), 409)["detail"]
    assert_problem(api.http.patch(f"/v1/jobs/{job_id}", json={"priority": "high"}), 409)
    assert api.http.patch(f"/v1/jobs/{job_id}", json={"notes": "well done"}).status_code == 200


def test_a_queue_is_paused_and_resumed(api: Api) -> None:
    assert api.http.post("/v1/queues/train:pause").json()["pause"] is not None
    shown = {each["queue"]: each for each in api.http.get("/v1/operations").json()["queues"]}
    assert shown["train"]["pause"] is not None
    assert shown["light"] == {**shown["light"], "pausable": False, "pause": None}
    assert api.http.post("/v1/queues/train:resume").json()["pause"] is None
    assert {each["pause"] for each in api.http.get("/v1/queues").json()["items"]} == {None}


@pytest.mark.parametrize("queue", ["light", "nothing"])
def test_a_queue_that_cannot_be_paused_says_which_can(api: Api, queue: str) -> None:
    assert "train, explain" in assert_problem(api.http.post(f"/v1/queues/{queue}:pause"), 404)["detail"]


def test_a_project_gets_another_weight(api: Api) -> None:
    assert api.http.get("/v1/projects/rose/weight").json() == {"weight": 1}
    assert api.http.put("/v1/projects/rose/weight", json={"weight": 2.5}).json() == {"weight": 2.5}
    assert api.http.get("/v1/projects/rose/weight").json() == {"weight": 2.5}
    assert_problem(api.http.put("/v1/projects/rose/weight", json={"weight": 0}), 422)


def test_forms_of_the_page_do_the_same(api: Api) -> None:
    job_id = api.submit()
    assert api.http.post(f"/jobs/{job_id}/turn", data={"priority": "high"}).status_code == 303
    assert api.http.post(f"/jobs/{job_id}/pause").status_code == 303
    turn = JobTurn.decode(api.store.get(keys.turn(job_id)))
    assert turn.priority == "high"
    assert turn.pause is not None
    assert "Resume" in api.http.get(f"/jobs/{job_id}").text
    assert api.http.post(f"/jobs/{job_id}/turn", data={"priority": "urgent"}).status_code == 422


def test_steps_of_a_paused_job_want_no_workers(api: Api) -> None:
    job_id = api.submit()
    before = api.http.get("/metrics").text
    api.http.post(f"/v1/jobs/{job_id}:pause")
    after = api.http.get("/metrics").text
    assert 'steps_open{queue="light"} 1.0' in before
    assert 'steps_open{queue="light"} 0.0' in after
