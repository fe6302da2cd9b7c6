"""Jobs are deleted, archived and brought back from pages, without JavaScript."""

from __future__ import annotations

import json

import pytest

from dispatch.housekeeping import reference_graph
from dispatch.job_index.build import read_state
from jobs import keys
from jobs.lists.index_row import IndexState
from store.base import ObjectStore
from tests.integration.api.conftest import EXPLAIN, TRAIN, Api
from tests.integration.api.housekeeping.test_delete_jobs import ended, listed, submitted, trained

PAGE = {"accept": "text/html"}


def test_the_page_names_what_uses_a_job_before_it_is_deleted(api: Api) -> None:
    model = trained(api)
    explanation = ended(api, **{**EXPLAIN, "model": model})
    page = api.http.get(f"/jobs/{model}/delete", headers=PAGE).text
    assert explanation in page
    assert "Delete 2 jobs" in page
    sent = {"with_dependents": "true"}
    assert api.http.post(f"/jobs/{model}/delete", data=sent, follow_redirects=False).headers["location"] == "/deleted"
    assert model in api.http.get("/deleted", headers=PAGE).text
    assert api.http.post(f"/jobs/{model}/restore", follow_redirects=False).status_code == 303
    assert sorted(listed(api)) == sorted([model, explanation])


def test_each_job_is_named_once_where_several_are_ticked(api: Api) -> None:
    """A trial that uses the other job goes with its sweep, and is no further job that goes as well."""
    model, sweep = trained(api), ended(api)
    trial = ended(api, **{**EXPLAIN, "model": model})
    spec = keys.spec(trial)
    api.store.put(spec, json.dumps({**json.loads(api.store.get(spec)), "parent": sweep}).encode())
    page = api.http.post("/jobs/selected", data={"job": [model, sweep], "action": "delete"}, headers=PAGE).text
    assert page.count(f'href="/jobs/{trial}"') == 1
    assert "Delete 3 jobs" in page


def test_an_upload_of_a_project_is_restored_as_the_page_says(api: Api) -> None:
    rose = {"X-Florescope-Project": "rose"}
    upload = api.http.post("/v1/uploads", content=b"PK model", headers=rose).json()["upload"]
    assert api.http.delete(f"/v1/uploads/{upload}", headers=rose).status_code == 200
    page = api.http.get("/deleted", headers=PAGE).text
    assert f"FLORESCOPE_PROJECT=rose florescope restore upload:{upload}<" in page
    assert api.http.post(f"/v1/uploads/{upload}:restore", headers=rose).status_code == 200


def test_a_job_that_is_not_over_has_no_page_for_its_deletion(api: Api) -> None:
    job_id = submitted(api, TRAIN)
    answer = api.http.get(f"/jobs/{job_id}/delete", headers=PAGE)
    assert answer.status_code == 409
    assert "Cancel first" in answer.text


def test_an_archived_job_is_told_as_such_and_listed_again(api: Api) -> None:
    job_id = ended(api)
    api.http.post(f"/jobs/{job_id}/archive")
    assert "List it again" in api.http.get(f"/jobs/{job_id}", headers=PAGE).text
    assert job_id not in api.http.get("/", headers=PAGE).text
    assert job_id in api.http.get("/?archived=true", headers=PAGE).text
    api.http.post(f"/jobs/{job_id}/archive", data={"archived": "false"})
    assert job_id in api.http.get("/", headers=PAGE).text


@pytest.mark.parametrize(("action", "query"), [("archive", {"archived": "true"}), ("delete_now", None)])
def test_those_that_are_ticked_are_archived_or_deleted(api: Api, action: str, query: dict[str, str] | None) -> None:
    ticked, kept = [ended(api), ended(api)], ended(api)
    page = api.http.post("/jobs/selected", data={"job": ticked, "action": "delete"}, headers=PAGE)
    assert "Delete 2 jobs" in page.text
    assert sorted(listed(api)) == sorted([*ticked, kept])
    api.http.post("/jobs/selected", data={"job": ticked, "action": action})
    assert listed(api) == [kept]
    if query:
        assert sorted(listed(api, **query)) == sorted(ticked)


def test_jobs_are_listed_once_however_many_are_ticked(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    ticked, read = [ended(api) for _ in range(6)], list[ObjectStore]()

    def noted(store: ObjectStore) -> IndexState:
        read.append(store)
        return read_state(store)

    monkeypatch.setattr(reference_graph, "read_state", noted)
    for some in (ticked[:2], ticked[2:]):
        read.clear()
        api.http.post("/jobs/selected", data={"job": some, "action": "delete_now"})
        assert len(read) == 1
    assert listed(api) == []


def test_of_those_that_are_ticked_one_may_use_the_other(api: Api) -> None:
    model = trained(api)
    explanation = ended(api, **{**EXPLAIN, "model": model})
    api.http.post("/jobs/selected", data={"job": [model, explanation], "action": "delete_now"})
    assert listed(api) == []
    assert len(api.http.get("/v1/deleted").json()["items"]) == 2
