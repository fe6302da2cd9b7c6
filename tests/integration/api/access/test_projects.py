"""What belongs to a project, and what its jobs may name."""

from __future__ import annotations

from typing import Any

import pytest

from api.access.chosen_project import HEADER
from api.readers import queue_reader
from jobs.identity.role import Role
from jobs.names.project_name import DEFAULT_PROJECT
from tests.integration.api.access.conftest import OTHER, OWN, Site, bearer
from tests.integration.api.conftest import EXPLAIN, TRAIN

FOLDER = f"store:datasets/@{OWN}/secret"


def test_a_job_belongs_to_the_only_project_of_the_key_and_says_who_submitted_it(site: Site) -> None:
    key = site.key()
    job = site.http.get(f"/v1/jobs/{site.submit(key)}", headers=bearer(key)).json()
    assert (job["project"], job["submitter"]) == (OWN, "submitter of rose")


def test_a_key_of_several_projects_must_say_which(site: Site) -> None:
    headers = bearer(site.key(Role.SUBMITTER, OWN, OTHER))
    refused = site.http.post("/v1/jobs", json=TRAIN, headers=headers)
    assert refused.status_code == 422
    assert f"{OWN}, {OTHER}" in refused.json()["detail"]
    taken = site.http.post("/v1/jobs", json=TRAIN, headers={**headers, HEADER: OTHER})
    assert taken.json()["project"] == OTHER


@pytest.mark.parametrize("name", ["daisy", "nobody-has-this"])
def test_a_project_of_others_is_not_there(site: Site, name: str) -> None:
    answer = site.http.post("/v1/jobs", json=TRAIN, headers={**bearer(site.key()), HEADER: name})
    assert answer.status_code == 404
    assert answer.json()["detail"] == f"there is no project {name!r} here"


def test_a_retry_belongs_to_the_project_of_its_job(site: Site, job_id: str) -> None:
    everywhere = bearer(site.key(Role.SUBMITTER, "*"))
    sent = site.http.post("/v1/jobs", json={**EXPLAIN, "model": job_id}, headers=bearer(site.key()))
    explained = sent.json()["id"]
    site.api.end(explained, failed=1)
    again = site.http.post(f"/v1/jobs/{explained}:retry", headers=everywhere)
    assert again.status_code == 202, again.text
    assert again.json()["project"] == OWN


@pytest.mark.parametrize("named", ["{job}", "job:{job}"])
def test_models_and_jobs_of_others_cannot_be_named(site: Site, job_id: str, named: str) -> None:
    """The refusal is that of a name that nobody has."""
    texts = []
    for name in (job_id, "0" * len(job_id)):
        spec = {**EXPLAIN, "model": named.format(job=name)}
        answer = site.http.post("/v1/jobs", json=spec, headers=bearer(site.key(Role.ADMIN, OTHER)))
        assert answer.status_code == 422
        texts.append(answer.text.replace(name, "?"))
    assert texts[0] == texts[1]


@pytest.mark.parametrize(
    "spec",
    [
        {"kind": "compare", "first": "job:{own}", "second": "job:{job}"},
        {"kind": "audit", "model": "{own}", "dataset": "synthetic_flowers", "explanation": "job:{job}"},
        {"kind": "evaluate", "model": "job:{job}", "dataset": "synthetic_flowers", "split": "test"},
    ],
    ids=lambda spec: spec["kind"],
)
def test_jobs_of_others_cannot_be_named_by_any_kind_of_job(site: Site, job_id: str, spec: dict[str, str]) -> None:
    """The refusal is that of a job that nobody has."""
    other = site.key(Role.ADMIN, OTHER)
    own = site.submit(other)
    site.publish(own, OTHER)
    texts = []
    for name in (job_id, "0" * len(job_id)):
        sent = {field: value.format(job=name, own=own) for field, value in spec.items()}
        answer = site.http.post("/v1/jobs", json=sent, headers=bearer(other))
        assert answer.status_code == 422, answer.text
        texts.append(answer.text.replace(name, "?"))
    assert "there is no job" in texts[0]
    assert texts[0] == texts[1]


@pytest.mark.usefixtures("job_id")
def test_folders_of_others_cannot_be_named(site: Site) -> None:
    for folder in (FOLDER, "store:datasets/@rose/nothing"):
        spec = {**TRAIN, "dataset": folder}
        answer = site.http.post("/v1/jobs", json=spec, headers=bearer(site.key(Role.ADMIN, OTHER)))
        assert answer.status_code == 422
        assert f"folders of the project {OTHER!r} are named store:datasets/@{OTHER}/<folder>" in answer.json()["detail"]
    assert site.http.post("/v1/jobs", json={**TRAIN, "dataset": FOLDER}, headers=bearer(site.key())).status_code == 202


@pytest.mark.usefixtures("job_id")
def test_a_job_reads_a_folder_of_its_project_not_all_of_them(site: Site) -> None:
    spec = {**TRAIN, "dataset": f"store:datasets/@{OWN}"}
    answer = site.http.post("/v1/jobs", json=spec, headers=bearer(site.key()))
    assert answer.status_code == 422
    assert f"are named store:datasets/@{OWN}/<folder>" in answer.json()["detail"]


@pytest.mark.usefixtures("job_id")
@pytest.mark.parametrize(("place", "more"), [("grid", {}), ("random", {"samples": 2})])
def test_no_trial_of_a_sweep_reads_a_folder_of_others(site: Site, place: str, more: dict[str, Any]) -> None:
    spec = {"kind": "sweep", "base": TRAIN, place: {"dataset": ["synthetic_flowers", FOLDER]}, **more}
    answer = site.http.post("/v1/jobs", json=spec, headers=bearer(site.key(Role.ADMIN, OTHER)))
    assert answer.status_code == 422
    assert [each["field"] for each in answer.json()["errors"]] == [f"{place}.dataset.1"]
    assert f"folders of the project {OTHER!r}" in answer.json()["detail"]
    assert site.http.post("/v1/jobs", json=spec, headers=bearer(site.key())).status_code == 202


def test_a_search_tells_nothing_of_the_jobs_of_others_before_the_store_is_indexed(site: Site) -> None:
    jobs = [site.submit(site.key(), name="secret name") for _ in range(2)]
    for job_id in jobs:
        site.api.end(job_id)
    for info in list(site.store.list("index/")):
        site.store.delete(info.key)
    search = {"q": "secret", "limit": "1"}
    other = site.restarted().get("/v1/jobs", params=search, headers=bearer(site.key(Role.VIEWER, OTHER))).json()
    assert other == {"items": [], "next": None}
    own = site.restarted().get("/v1/jobs", params=search, headers=bearer(site.key())).json()
    assert [each["id"] for each in own["items"]] == [max(jobs)]
    assert own["next"] == "1"


@pytest.mark.usefixtures("job_id")
def test_what_is_published_is_told_to_its_project_alone(site: Site) -> None:
    answer = site.http.post("/v1/jobs", json=EXPLAIN, headers=bearer(site.key(Role.ADMIN, OTHER)))
    assert "no model is published yet" in answer.json()["detail"]


def test_an_idempotency_key_belongs_to_its_project(site: Site) -> None:
    sent = {"Idempotency-Key": "mine"}
    own, other = (
        site.http.post("/v1/jobs", json=TRAIN, headers={**bearer(site.key(Role.SUBMITTER, project)), **sent}).json()
        for project in (OWN, OTHER)
    )
    assert own["id"] != other["id"]


def test_a_file_that_was_sent_is_there_for_its_project_alone(site: Site) -> None:
    own, other = bearer(site.key()), bearer(site.key(Role.SUBMITTER, OTHER))
    upload = site.http.post("/v1/uploads", content=b"PK model", headers=own).json()["upload"]
    assert site.http.get(f"/v1/uploads/{upload}", headers=own).status_code == 200
    assert site.http.get(f"/v1/uploads/{upload}", headers=other).status_code == 404


def test_a_folder_says_whose_it_is_and_who_made_it(site: Site) -> None:
    key = bearer(site.key())
    assert site.http.put(f"/v1/datasets/@{OWN}/mine/rose/1.jpg", content=b"x", headers=key).status_code == 201
    listed = site.http.get("/v1/datasets", headers=key).json()["items"]
    folder = next(each for each in listed if each["name"] == f"store:datasets/@{OWN}/mine")
    assert (folder["project"], folder["submitter"]) == (OWN, "submitter of rose")


def test_a_picture_for_a_folder_of_others_is_refused_with_how_to_name_it(site: Site) -> None:
    refused = site.http.put("/v1/datasets/mine/rose/1.jpg", content=b"x", headers=bearer(site.key()))
    assert refused.status_code == 404
    assert "'@rose/mine/rose/1.jpg'" in refused.json()["detail"]


@pytest.mark.usefixtures("job_id")
@pytest.mark.parametrize("slashes", ["/", "//"])
@pytest.mark.parametrize(
    ("method", "end"),
    [("DELETE", ""), ("POST", ":restore"), ("POST", ":archive"), ("POST", ":unarchive"), ("GET", "/dependents")],
)
def test_no_slash_leads_to_folders_of_others(site: Site, method: str, end: str, slashes: str) -> None:
    if end == ":restore":
        assert site.http.delete(f"/v1/datasets/@{OWN}/secret", headers=bearer(site.key())).status_code == 200
    key = bearer(site.key(Role.SUBMITTER, DEFAULT_PROJECT))
    before = site.contents()
    answer = site.http.request(method, f"/v1/datasets/{slashes}@{OWN}/secret{end}", headers=key)
    assert answer.status_code == 404
    assert "there is no such folder here" in answer.json()["detail"]
    assert site.contents() == before


def test_no_picture_is_put_into_a_folder_of_the_default_project_by_others(site: Site) -> None:
    """A folder of the default project may be called ``datasets``, and hold one that is called as a project."""
    path, key = f"/v1/datasets/datasets/@{OTHER}/1.jpg", bearer(site.key(Role.SUBMITTER, OTHER))
    before = site.contents()
    assert site.http.put(path, content=b"x", headers=key).status_code == 404
    assert site.contents() == before
    assert site.http.put(path, content=b"x", headers=bearer(site.key(Role.SUBMITTER, DEFAULT_PROJECT))).is_success


def test_an_unreadable_job_is_listed_for_its_own_project(site: Site) -> None:
    key = site.key()
    job_id = site.submit(key)
    document = site.store.get(f"jobs/{job_id}/spec.json")
    site.store.put(f"jobs/{job_id}/spec.json", document.replace(b'"train"', b'"later"'))
    app_of_another_process = site.restarted()
    own = app_of_another_process.get("/v1/jobs", headers=bearer(key)).json()["items"]
    assert [(each["id"], each["kind"], each["project"]) for each in own] == [(job_id, "unknown", OWN)]
    other = app_of_another_process.get("/v1/jobs", headers=bearer(site.key(Role.ADMIN, OTHER))).json()
    assert other["items"] == []


def test_metrics_count_the_jobs_of_the_callers_projects(site: Site) -> None:
    site.submit(site.key())
    queued = 'florescope_jobs_active{state="queued"}'
    for project, count in ((OWN, 1.0), (OTHER, 0.0), ("*", 1.0)):
        text = site.http.get("/metrics", headers=bearer(site.key(Role.VIEWER, project))).text
        assert f"{queued} {count}" in text
        assert ("florescope_queue_messages" in text) == (project == "*")


def test_a_job_waits_behind_jobs_that_its_people_may_know_of(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(queue_reader, "KEPT_S", 0.0)
    first = site.submit(site.key(Role.SUBMITTER, OTHER))
    own = site.submit(site.key())
    second = site.submit(site.key())
    queue = site.http.get(f"/v1/jobs/{second}", headers=bearer(site.key())).json()["queue"]
    assert queue["ahead"] == 2
    assert queue["behind"] == [own]
    assert first not in site.http.get("/v1/jobs", headers=bearer(site.key())).text
