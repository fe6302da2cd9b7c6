"""The table of jobs: searched, filtered, sorted, with names, tags and notes that people gave."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest

from dispatch.job_index.build import rebuild
from dispatch.job_index.segments import segments
from jobs import keys
from jobs.job import JobEnd
from jobs.job_note import JobNote
from jobs.live.progress import Progress
from jobs.state import JobState
from tests.integration.api.conftest import START, Api, assert_problem
from workers.lifecycle.index_upkeep import keep_index

BROWSER = {"accept": "text/html"}


def ended(api: Api, name: str, *, accuracy: float | None = None, minutes: int = 1, **spec: Any) -> str:
    """A training that is over."""
    job_id = api.submit(name=name, **spec)
    summary = {"test_accuracy": accuracy} if accuracy is not None else {}
    end = JobEnd(
        job_id=job_id,
        state=JobState.SUCCEEDED,
        started_at=START,
        finished_at=START + timedelta(minutes=minutes),
        progress=Progress(done=1, total=1),
        summary=summary,
    )
    api.store.put(keys.end(job_id), end.encode())
    api.store.delete(keys.active(job_id))
    return job_id


def names(api: Api, address: str) -> list[str]:
    """Of the jobs that the page shows, in its order."""
    answer = api.http.get(address, headers=BROWSER)
    assert answer.status_code == 200, answer.text
    return re.findall(r'class="what"><a href="/jobs/\w+">(.*?)</a>', answer.text)


def listed(api: Api, **query: Any) -> list[str]:
    answer = api.http.get("/v1/jobs", params=query)
    assert answer.status_code == 200, answer.text
    return [job["spec"]["name"] for job in answer.json()["items"]]


def packed(api: Api) -> None:
    """Pack what has ended into the index, as workers do once there is enough of it."""
    rebuild(api.store)
    keep_index(set(), api.store)
    assert segments(api.store)


@pytest.fixture(params=["as workers left them", "packed into the index"])
def three(api: Api, request: pytest.FixtureRequest) -> list[str]:
    ids = [
        ended(api, "roses", accuracy=0.9, minutes=30),
        ended(api, "tulips", accuracy=0.5, minutes=5),
        ended(api, "failed one", dataset="oxford_flowers102"),
    ]
    if request.param != "as workers left them":
        packed(api)
    return ids


@pytest.mark.usefixtures("three")
def test_jobs_are_sorted_by_what_is_known_of_them(api: Api) -> None:
    assert names(api, "/") == ["failed one", "tulips", "roses"]
    assert names(api, "/?sort=-accuracy") == ["roses", "tulips", "failed one"]
    assert names(api, "/?sort=accuracy") == ["tulips", "roses", "failed one"]
    assert names(api, "/?sort=duration") == ["failed one", "tulips", "roses"]
    assert listed(api, sort="name") == ["failed one", "roses", "tulips"]


def test_jobs_are_found_by_words(api: Api, three: list[str]) -> None:
    assert names(api, "/?q=oxford") == ["failed one"]
    assert names(api, "/?q=SYNTHETIC+ros") == ["roses"]
    assert names(api, f"/?q={three[1][-8:]}") == ["tulips"]
    assert names(api, "/?q=nothing") == []
    assert listed(api, q="flowers", state="succeeded", kind="train") == ["failed one", "tulips", "roses"]
    assert listed(api, q="flowers", kind="explain") == []


@pytest.mark.usefixtures("three")
def test_pages_follow_each_other_also_where_they_are_sorted(api: Api) -> None:
    found, after = [], None
    while True:
        query: dict[str, Any] = {"sort": "-accuracy", "limit": 2, **({"after": after} if after else {})}
        page = api.http.get("/v1/jobs", params=query).json()
        found += [job["spec"]["name"] for job in page["items"]]
        after = page["next"]
        if after is None:
            break
    assert found == ["roses", "tulips", "failed one"]


def test_a_job_is_renamed_tagged_and_noted_also_when_it_is_over_and_packed(api: Api, three: list[str]) -> None:
    change = {"name": "old roses", "tags": ["best", "for Ada", "best"], "notes": "kept\nfor the report"}
    answer = api.http.patch(f"/v1/jobs/{three[0]}", json=change)
    assert answer.status_code == 200, answer.text
    remarks = {**change, "tags": ["best", "for Ada"], "archived": False}
    assert answer.json()["remarks"] == remarks
    assert api.http.get(f"/v1/jobs/{three[0]}").json()["remarks"] == remarks
    for _ in range(2):
        assert names(api, "/?tag=best") == ["old roses"]
        assert names(api, "/?q=ada") == ["old roses"]
        assert "old roses" in names(api, "/")
        assert "for the report" in api.http.get(f"/jobs/{three[0]}").text
        packed(api)


def test_what_is_left_out_of_a_change_stays(api: Api) -> None:
    job_id = api.submit(name="roses")
    api.http.patch(f"/v1/jobs/{job_id}", json={"tags": ["one"], "notes": "n"})
    api.http.patch(f"/v1/jobs/{job_id}", json={"name": "two"})
    assert api.http.get(f"/v1/jobs/{job_id}").json()["remarks"] == {
        "name": "two",
        "tags": ["one"],
        "notes": "n",
        "archived": False,
    }
    assert JobNote.decode(api.store.get(keys.note(job_id))).revision == 2
    api.http.patch(f"/v1/jobs/{job_id}", json={"name": None})
    assert names(api, "/") == ["roses"]


@pytest.mark.parametrize(
    "change",
    [{"tags": ["a,b"]}, {"tags": [" "]}, {"tags": ["x" * 51]}, {"notes": "x" * 10_001}, {"spec": {}}, {"name": ""}],
)
def test_a_change_that_is_not_allowed_is_refused_by_its_field(api: Api, change: dict[str, Any]) -> None:
    job_id = api.submit()
    body = assert_problem(api.http.patch(f"/v1/jobs/{job_id}", json=change), 422)
    assert body["errors"][0]["field"].startswith(next(iter(change)))
    assert api.http.get(f"/v1/jobs/{job_id}").json()["remarks"] is None


def test_there_is_nothing_to_say_of_a_job_that_is_not_there(api: Api) -> None:
    assert_problem(api.http.patch("/v1/jobs/none", json={"notes": "x"}), 404)


def test_the_page_s_form_changes_name_tags_and_notes(api: Api) -> None:
    job_id = api.submit()
    sent = {"name": "petals", "tags": "a, b ,", "notes": "one\r\ntwo"}
    answer = api.http.post(f"/jobs/{job_id}/remarks", data=sent, headers=BROWSER)
    assert (answer.status_code, answer.headers["location"]) == (303, f"/jobs/{job_id}")
    remarks = api.http.get(f"/v1/jobs/{job_id}").json()["remarks"]
    assert remarks == {"name": "petals", "tags": ["a", "b"], "notes": "one\ntwo", "archived": False}
    refused = api.http.post(f"/jobs/{job_id}/remarks", data={**sent, "tags": "!"}, headers=BROWSER)
    assert refused.status_code == 422
    assert "a tag of letters" in refused.text


def test_several_are_cancelled_at_once_and_those_that_are_over_stay(api: Api) -> None:
    running, over = api.submit(), ended(api, "over")
    answer = api.http.post("/jobs/selected", data={"job": [running, over], "action": "cancel"}, headers=BROWSER)
    assert answer.status_code == 303
    states = {job["id"]: job["state"] for job in api.http.get("/v1/jobs").json()["items"]}
    assert states == {running: "cancelling", over: "succeeded"}


@pytest.mark.usefixtures("rose")
def test_two_are_compared(api: Api) -> None:
    spec = {"kind": "explain", "model": "rose", "dataset": "synthetic_flowers"}
    first, second = (api.http.post("/v1/jobs", json=spec).json()["id"] for _ in range(2))
    for ticked in ([second, first], [first, second]):  # as the table is sorted
        answer = api.http.post("/jobs/selected", data={"job": ticked, "action": "compare"}, headers=BROWSER)
        assert answer.headers["location"] == f"/new/compare?first={first}&second={second}"
    assert f'value="{second}"' in api.http.get(answer.headers["location"]).text


@pytest.mark.parametrize(
    "sent", [{}, {"job": "none"}, {"job": "none", "action": "cancel"}, {"job": ["a", "b"], "action": "compare"}]
)
def test_what_cannot_be_done_with_several_gets_a_clear_page(api: Api, sent: dict[str, Any]) -> None:
    answer = api.http.post("/jobs/selected", data=sent, headers=BROWSER)
    assert answer.status_code in {404, 422}
    assert 'role="alert"' in answer.text


def test_columns_are_chosen_in_the_address(api: Api) -> None:
    ended(api, "roses", accuracy=0.9, minutes=30)
    html = api.http.get("/?column=accuracy&column=duration").text
    assert "90.0\u00a0%" in html
    assert "30 min" in html
    assert 'class="c-progress"' not in html


@pytest.mark.parametrize(
    "address", ["/?sort=evil", "/?kind=x", "/?state=x", "/?column=x", "/?q=" + "x" * 300, "/?tagg=a"]
)
def test_a_crafted_address_gets_a_clear_page(api: Api, address: str) -> None:
    answer = api.http.get(address, headers=BROWSER)
    assert answer.status_code == 422
    assert 'role="alert"' in answer.text


@pytest.mark.parametrize("after", ["-1", "9" * 30, "½", "zzz"])
def test_a_crafted_place_in_a_sorted_list_is_its_beginning(api: Api, after: str) -> None:
    ended(api, "roses", accuracy=0.9)
    assert listed(api, sort="accuracy", after=after) in ([], ["roses"])


def test_an_empty_table_says_what_to_do(api: Api) -> None:
    assert "florescope train" in api.http.get("/").text
    assert "No job is like that" in api.http.get("/?q=x").text
