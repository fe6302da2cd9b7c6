"""Who changed what is written down, before they are answered, and never changed."""

from __future__ import annotations

from typing import Any

import pytest

from api.routes import api_keys
from jobs.identity import identity_keys
from jobs.identity.role import Role
from tests.integration.api.access.conftest import OTHER, OWN, Site, bearer


def events(site: Site, *projects: str, **query: object) -> list[dict[str, Any]]:
    admin = bearer(site.key(Role.ADMIN, *projects))
    answer = site.http.get("/v1/audit-log", params=query, headers=admin)
    assert answer.status_code == 200, answer.text
    return list(answer.json()["items"])


def test_it_says_who_did_what_on_what(site: Site, job_id: str) -> None:
    site.http.post(f"/v1/jobs/{job_id}:cancel", headers=bearer(site.key(Role.OPERATOR)))
    cancelled, submitted = events(site)
    assert submitted["action"] == "POST /v1/jobs"
    assert (submitted["who"], submitted["role"], submitted["project"]) == ("submitter of rose", "submitter", OWN)
    assert (cancelled["who"], cancelled["action"]) == ("operator of rose", "POST /v1/jobs/{job_id}:cancel")
    assert (cancelled["target"], cancelled["status"]) == (f"/v1/jobs/{job_id}:cancel", 409)


def test_attempts_are_written_down_and_reading_is_not(site: Site, job_id: str) -> None:
    viewer = bearer(site.key(Role.VIEWER))
    assert site.http.get(f"/v1/jobs/{job_id}", headers=viewer).status_code == 200
    assert site.http.post(f"/v1/jobs/{job_id}:cancel", headers=viewer).status_code == 403
    assert [(each["who"], each["status"]) for each in events(site)] == [
        ("viewer of rose", 403),
        ("submitter of rose", 202),
    ]


@pytest.mark.usefixtures("job_id")
def test_an_admin_reads_of_the_projects_that_are_theirs(site: Site) -> None:
    assert events(site, OTHER) == []
    assert len(events(site, "*")) == 1


def test_what_ended_in_a_fault_of_the_server_is_written_down(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(api_keys, "create_key", fail)
    wanted = {"name": "x", "role": "viewer", "projects": [OWN]}
    with pytest.raises(ZeroDivisionError):
        site.http.post("/v1/keys", json=wanted, headers=bearer(site.key(Role.ADMIN)))
    assert [(each["action"], each["status"]) for each in events(site)] == [("POST /v1/keys", 500)]


def test_pages_follow_each_other_without_a_gap(site: Site) -> None:
    key = site.key()
    made = [site.submit(key) for _ in range(5)]
    first = site.http.get("/v1/audit-log?limit=3", headers=bearer(site.key(Role.ADMIN))).json()
    rest = site.http.get(
        "/v1/audit-log", params={"limit": 3, "after": first["next"]}, headers=bearer(site.key(Role.ADMIN))
    ).json()
    assert len(first["items"] + rest["items"]) == len(made)
    assert rest["next"] is None
    ids = [each["id"] for each in first["items"] + rest["items"]]
    assert ids == sorted(set(ids), reverse=True)


@pytest.mark.usefixtures("job_id")
def test_another_day_has_its_own_events(site: Site) -> None:
    assert events(site, date="2020-02-29") == []


def test_pictures_that_follow_each_other_into_a_folder_are_one_event(site: Site) -> None:
    key = bearer(site.key())
    for number in range(4):
        address = f"/v1/datasets/@{OWN}/mine/daisy/{number}.jpg"
        assert site.http.put(address, content=b"picture", headers=key).status_code == 201
    site.http.put(f"/v1/datasets/@{OWN}/mine/rose/1.jpg", content=b"picture", headers=key)
    assert len(list(site.store.list(identity_keys.AUDIT_PREFIX))) == 2


def test_where_nobody_has_a_key_nothing_is_written(site: Site) -> None:
    site.http.post("/v1/jobs", json={})
    assert list(site.store.list(identity_keys.AUDIT_PREFIX)) == []
