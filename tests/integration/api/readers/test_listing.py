from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape
from typing import Any

import httpx
import pytest

from api.http import cursor
from jobs.state import JobState
from tests.integration.api.conftest import EXPLAIN, Api, assert_problem


def pages(api: Api, path: str, **query: Any) -> Iterator[list[str]]:
    """The ids on each page, to the end."""
    after: str | None = None
    while True:
        following = {"after": after} if after else {}
        page = api.http.get(path, params={**query, **following}).json()
        yield [item["id"] for item in page["items"]]
        after = page["next"]
        if after is None:
            return


@pytest.mark.parametrize("limit", [1, 2, 7, 8])
def test_pages_hold_every_job_once_the_newest_first(api: Api, limit: int) -> None:
    made = [api.submit() for _ in range(7)]
    found = list(pages(api, "/v1/jobs", limit=limit))
    assert [job_id for page in found for job_id in page] == sorted(made, reverse=True)
    assert max(len(page) for page in found) <= limit


def test_a_job_that_comes_in_between_moves_no_page(api: Api) -> None:
    made = [api.submit() for _ in range(4)]
    first = api.http.get("/v1/jobs", params={"limit": 2}).json()
    api.submit()
    second = api.http.get("/v1/jobs", params={"limit": 2, "after": first["next"]}).json()
    assert [job["id"] for job in first["items"] + second["items"]] == sorted(made, reverse=True)


def test_jobs_are_filtered_by_kind_and_state(api: Api, rose: str) -> None:
    queued, running, failed = (api.submit() for _ in range(3))
    explanation = str(api.http.post("/v1/jobs", json={**EXPLAIN, "model": rose}).json()["id"])
    api.publish(running)
    api.end(failed, JobState.FAILED)
    assert list(pages(api, "/v1/jobs", kind="explain")) == [[explanation]]
    assert set(*pages(api, "/v1/jobs", kind="train")) == {queued, running, failed}
    assert list(pages(api, "/v1/jobs", state="running")) == [[running]]
    assert list(pages(api, "/v1/jobs", state="failed")) == [[failed]]
    assert list(pages(api, "/v1/jobs", state="cancelled")) == [[]]
    assert list(pages(api, "/v1/jobs", state="queued", limit=1)) == [[explanation], [queued]]


@pytest.mark.parametrize(
    ("query", "field"),
    [({"limit": 0}, "limit"), ({"limit": 501}, "limit"), ({"state": "asleep"}, "state"), ({"kind": "dance"}, "kind")],
)
def test_a_filter_that_cannot_be_is_named(api: Api, query: dict[str, Any], field: str) -> None:
    body = assert_problem(api.http.get("/v1/jobs", params=query), 422)
    assert body["errors"][0]["field"] == field


def test_a_place_that_is_not_in_the_list_of_results_is_refused(api: Api) -> None:
    job_id = api.submit()
    for path in ("results", "artifacts"):
        body = assert_problem(api.http.get(f"/v1/jobs/{job_id}/{path}", params={"after": "somewhere"}), 422)
        assert body["errors"][0]["field"] == "after"


@pytest.mark.parametrize(
    ("path", "position"),
    [
        ("artifacts", ("", 10**30)),
        ("artifacts", ("", -(10**30))),
        ("results?sort=confidence", ("sort=confidence", False, 10**320, 1)),
        ("results?sort=confidence", ("sort=confidence", False, float("nan"), 1)),
        ("results?sort=confidence", ("sort=confidence", False, 0.5, 10**30)),
    ],
)
def test_a_place_with_a_number_that_no_list_has_is_refused(api: Api, path: str, position: tuple[object, ...]) -> None:
    address = httpx.URL(f"/v1/jobs/{api.submit()}/{path}").copy_merge_params({"after": cursor.encode(*position)})
    body = assert_problem(api.http.get(address), 422)
    assert body["errors"][0]["field"] == "after"


def test_models_are_listed_and_found(api: Api, rose: str) -> None:
    assert [model["id"] for model in api.http.get("/v1/models").json()["items"]] == [rose]
    assert api.http.get(f"/v1/models/{rose}").json()["feature_layer"] == "block5_relu"
    assert "there is no model 'tulip'" in assert_problem(api.http.get("/v1/models/tulip"), 404)["detail"]


@pytest.mark.parametrize("jobs", [1, 0])
def test_a_page_further_back_looks_for_the_jobs_that_it_shows(api: Api, jobs: int) -> None:
    made = [api.submit() for _ in range(2)]
    html = api.http.get("/", params={"after": made[jobs]}).text
    address = re.findall('data-live-list="([^"]+)"', html)
    assert address == [f"/v1/jobs?parent=&amp;limit=50&amp;after={made[jobs]}"]
    found = api.http.get(unescape(address[0])).json()["items"]
    assert [job["id"] for job in found] == made[:jobs]
