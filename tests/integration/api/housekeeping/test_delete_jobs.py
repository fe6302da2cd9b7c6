"""Jobs and models are deleted, restored and archived over the API."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

import pytest

from api.access.rules import RULES, Of
from dispatch.job_index.entries import entries, note_ended
from dispatch.job_index.segments import compact
from jobs import keys
from jobs.housekeeping.deletion import Deletion
from jobs.housekeeping.thing import job_thing
from jobs.job import JobEnd
from jobs.models.artifact import Artifact
from jobs.models.model import PublishedModel
from tests.integration.api.conftest import EXPLAIN, ROSE, TRAIN, Api, assert_problem

OF_JOBS = sorted(
    address.removeprefix("GET ") for address, rule in RULES.items() if rule.of is Of.JOB and address.startswith("GET")
)


def ended(api: Api, **spec: object) -> str:
    """A job that is over, as the index knows it."""
    job_id = submitted(api, spec or TRAIN)
    api.end(job_id)
    note_ended(JobEnd.decode(api.store.get(keys.end(job_id))), api.store)
    return job_id


def submitted(api: Api, spec: Mapping[str, object], **headers: str) -> str:
    """A job of this specification."""
    answer = api.http.post("/v1/jobs", json=spec, headers=headers)
    assert answer.status_code == 202, answer.text
    return str(answer.json()["id"])


def trained(api: Api) -> str:
    """A training that is over, with its model."""
    job_id = ended(api)
    file = Artifact(name="model.keras", key=keys.attempt(job_id, "train", "1") + "model.keras", size=1, sha256="0" * 64)
    document = {**ROSE, "id": job_id, "job_id": job_id, "checkpoint": file}
    names = tuple(f"class {number}" for number in range(9))
    api.store.put(keys.model(job_id), PublishedModel(**document, class_names=names).encode())
    return job_id


def listed(api: Api, path: str = "/v1/jobs", **query: str) -> list[str]:
    return [item["id"] for item in api.http.get(path, params=query).json()["items"]]


@pytest.mark.parametrize("path", OF_JOBS)
def test_nothing_shows_a_deleted_job(api: Api, path: str) -> None:
    job_id = ended(api)
    parts = {"job_id": job_id, "image_id": "x", "method": "gradcam", "form": "jpg", "encoding": "npy", "name": "a"}
    assert api.http.delete(f"/v1/jobs/{job_id}").status_code == 200
    answer = api.http.get(re.sub(r"\{(\w+)\}", lambda part: parts[part[1]], path))
    assert answer.status_code == 404
    assert f"job {job_id} is deleted" in answer.text


@pytest.mark.parametrize("query", [{}, {"sort": "name"}, {"q": "train"}])
@pytest.mark.parametrize("packed", [False, True])
def test_lists_leave_out_what_is_deleted_and_what_is_archived(api: Api, query: dict[str, str], packed: bool) -> None:
    kept, deleted, archived = (ended(api) for _ in range(3))
    api.http.delete(f"/v1/jobs/{deleted}")
    assert api.http.post(f"/v1/jobs/{archived}:archive").json()["remarks"]["archived"] is True
    if packed:
        compact(list(entries(api.store).values()), api.store, at_least=1)
    assert listed(api, **query) == [kept]
    assert listed(api, **query, archived="true") == [archived]
    api.http.post(f"/v1/jobs/{archived}:unarchive")
    api.http.post(f"/v1/jobs/{deleted}:restore")
    assert sorted(listed(api, **query)) == sorted([kept, deleted, archived])


def test_a_deleted_job_is_whole_again_once_it_is_restored(api: Api) -> None:
    job_id = trained(api)
    before = api.contents()
    deleted = api.http.delete(f"/v1/jobs/{job_id}").json()["items"]
    assert [item["name"] for item in deleted] == [job_id]
    assert listed(api, "/v1/models") == []
    assert [item["name"] for item in api.http.get("/v1/deleted").json()["items"]] == [job_id]
    assert api.http.post(f"/v1/jobs/{job_id}:restore").json()["items"] == [{"kind": "job", "name": job_id}]
    assert api.contents() == before
    assert listed(api, "/v1/models") == [job_id]


def test_a_model_that_others_use_is_refused_and_they_are_named(api: Api) -> None:
    model = trained(api)
    explanation = ended(api, **{**EXPLAIN, "model": model})
    waiting = ended(api, **{**EXPLAIN, "model": f"job:{model}"})
    body = assert_problem(api.http.delete(f"/v1/models/{model}"), 409)
    assert explanation in body["detail"]
    assert waiting in body["detail"]
    named = api.http.get(f"/v1/models/{model}/dependents").json()
    assert [job["id"] for job in named["dependents"]] == [explanation, waiting]
    assert listed(api, "/v1/models") == [model]
    gone = api.http.delete(f"/v1/models/{model}", params={"with_dependents": "true"}).json()["items"]
    assert [item["name"] for item in gone] == [waiting, explanation, model], "what refers to others goes first"
    assert len(api.http.post(f"/v1/models/{model}:restore").json()["items"]) == 3


def test_once_what_used_it_is_deleted_a_model_may_go(api: Api) -> None:
    model = trained(api)
    explanation = ended(api, **{**EXPLAIN, "model": model})
    api.http.delete(f"/v1/jobs/{explanation}")
    assert api.http.delete(f"/v1/models/{model}").status_code == 200
    body = assert_problem(api.http.post(f"/v1/jobs/{explanation}:restore"), 409)
    assert f"refers to job {model}, which is deleted, too" in body["detail"]


def test_a_job_that_is_not_over_is_refused(api: Api) -> None:
    job_id = api.submit()
    assert "not over" in assert_problem(api.http.delete(f"/v1/jobs/{job_id}"), 409)["detail"]
    assert listed(api) == [job_id]


def test_nobody_can_submit_a_job_on_what_is_deleted(api: Api) -> None:
    model = trained(api)
    api.http.delete(f"/v1/models/{model}")
    for name in (model, f"job:{model}"):
        assert_problem(api.http.post("/v1/jobs", json={**EXPLAIN, "model": name}), 422)


def test_after_a_day_nothing_is_restored(api: Api) -> None:
    job_id = ended(api)
    api.http.delete(f"/v1/jobs/{job_id}")
    key = job_thing(job_id).deletion_key
    old = Deletion.decode(api.store.get(key)).model_copy(update={"at": datetime.now(UTC) - timedelta(hours=24)})
    api.store.put(key, old.encode())
    assert "24 hours" in assert_problem(api.http.post(f"/v1/jobs/{job_id}:restore"), 409)["detail"]


def test_an_idempotency_key_of_a_deleted_job_makes_no_other_one(api: Api) -> None:
    key = {"Idempotency-Key": "one"}
    job_id = submitted(api, TRAIN, **key)
    api.end(job_id)
    api.http.delete(f"/v1/jobs/{job_id}")
    assert "deleted" in assert_problem(api.http.post("/v1/jobs", json=TRAIN, headers=key), 409)["detail"]


def test_a_name_that_is_given_keeps_a_job_in_the_archive(api: Api) -> None:
    job_id = ended(api)
    api.http.post(f"/v1/jobs/{job_id}:archive")
    api.http.patch(f"/v1/jobs/{job_id}", json={"name": "kept"})
    assert listed(api) == []
    assert api.http.get(f"/v1/jobs/{job_id}").json()["remarks"]["name"] == "kept"


def test_remarks_that_a_later_release_wrote_are_not_replaced(api: Api) -> None:
    job_id = ended(api)
    api.http.post(f"/v1/jobs/{job_id}:archive")
    later = json.dumps({**json.loads(api.store.get(keys.note(job_id))), "schema_version": 99}).encode()
    api.store.put(keys.note(job_id), later)
    answers = (
        api.http.patch(f"/v1/jobs/{job_id}", json={"name": "another"}),
        api.http.post(f"/v1/jobs/{job_id}:unarchive"),
    )
    for answer in answers:
        assert "newer version" in assert_problem(answer, 409)["detail"]
    assert api.store.get(keys.note(job_id)) == later
