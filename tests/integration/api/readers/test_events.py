"""Watching a job: server-sent events that can be taken up again where they broke off."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from jobs.job import Problem
from jobs.state import JobState
from tests.integration.api.conftest import Api, assert_problem

Event = dict[str, Any]


def events(api: Api, job_id: str, *, seen: str | None = None) -> Iterator[Event]:
    """Each event's id and job, as they come."""
    headers = {"Last-Event-ID": seen} if seen else {}
    with api.http.stream("GET", f"/v1/jobs/{job_id}/events", headers=headers, timeout=20) as answer:
        assert answer.status_code == 200
        assert answer.headers["content-type"].startswith("text/event-stream")
        assert answer.headers["cache-control"] == "no-store"
        yield from parsed(answer)


def parsed(answer: httpx.Response) -> Iterator[Event]:
    fields: dict[str, str] = {}
    for line in answer.iter_lines():
        if line:
            name, _, value = line.partition(": ")
            fields[name] = value
        elif "data" in fields:
            assert fields["event"] == "snapshot"
            yield {"id": fields["id"], "job": json.loads(fields["data"])}
            fields = {}


def test_every_change_is_an_event_and_the_end_is_the_last(api: Api) -> None:
    job_id = api.submit()
    stream = events(api, job_id)
    assert next(stream)["job"]["state"] == "queued"
    api.publish(job_id, done=1)
    assert next(stream)["job"]["progress"]["done"] == 1
    api.publish(job_id, done=2)
    assert next(stream)["job"]["progress"]["done"] == 2
    api.end(job_id)
    assert [event["job"]["state"] for event in stream] == ["succeeded"]


def test_an_event_says_what_the_job_resource_says(api: Api) -> None:
    job_id = api.submit()
    api.end(job_id)
    (event,) = events(api, job_id)
    assert event["job"] == api.http.get(f"/v1/jobs/{job_id}").json()


def test_what_people_write_beside_a_job_is_an_event_and_stays_in_the_last_one(api: Api) -> None:
    job_id = api.submit()
    stream = events(api, job_id)
    assert next(stream)["job"]["remarks"] is None
    api.http.patch(f"/v1/jobs/{job_id}", json={"tags": ["report"]})
    assert next(stream)["job"]["remarks"]["tags"] == ["report"]
    api.end(job_id)
    (last,) = stream
    assert last["job"] == api.http.get(f"/v1/jobs/{job_id}").json()


def test_whoever_comes_back_gets_only_what_is_new(api: Api) -> None:
    job_id = api.submit()
    api.publish(job_id, done=1)
    seen = next(events(api, job_id))["id"]
    threading.Timer(0.3, api.publish, [job_id], {"done": 2}).start()
    resumed = next(events(api, job_id, seen=seen))
    assert resumed["job"]["progress"]["done"] == 2
    assert resumed["id"] != seen


def test_whoever_missed_something_gets_it_at_once(api: Api) -> None:
    job_id = api.submit()
    seen = next(events(api, job_id))["id"]
    api.end(job_id, JobState.FAILED)
    assert [event["job"]["state"] for event in events(api, job_id, seen=seen)] == ["failed"]


def test_whoever_has_the_last_event_need_not_come_back(api: Api) -> None:
    job_id = api.submit()
    api.end(job_id)
    (last,) = events(api, job_id)
    answer = api.http.get(f"/v1/jobs/{job_id}/events", headers={"Last-Event-ID": last["id"]})
    assert (answer.status_code, answer.content) == (204, b"")


def test_an_id_of_another_stream_does_no_harm(api: Api) -> None:
    job_id = api.submit()
    api.end(job_id)
    assert len(list(events(api, job_id, seen="never-sent"))) == 1


@pytest.mark.parametrize("seen", ["x" * 101])
def test_an_id_that_is_too_long_is_refused(api: Api, seen: str) -> None:
    job_id = api.submit()
    assert_problem(api.http.get(f"/v1/jobs/{job_id}/events", headers={"Last-Event-ID": seen}), 422)


def test_what_a_name_holds_does_not_cut_an_event_in_two(api: Api) -> None:
    job_id = api.submit()
    message = "of line\u2028ends\u2029there\x85are several.jpg"
    api.end(job_id, JobState.FAILED, error=Problem(message=message))
    assert [event["job"]["error"]["message"] for event in events(api, job_id)] == [message]
