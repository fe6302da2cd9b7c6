"""Keys are made once, checked quickly, and of no use once they are revoked or have expired."""

from __future__ import annotations

from datetime import timedelta

import pytest

from api.access import key_check
from dispatch.identity.key_ring import KeyRequest, create_key
from jobs.identity import identity_keys
from jobs.identity.role import Role
from store.memory import MemoryStore
from tests.integration.api.access.conftest import OTHER, OWN, Site, bearer
from tests.services.counting_store import CountingStore

NEW = {"name": "ben", "role": "submitter", "projects": [OWN], "days": 30}


def make(site: Site, admin: str, **values: object) -> dict[str, object]:
    answer = site.http.post("/v1/keys", json={**NEW, **values}, headers=bearer(admin))
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


def test_a_key_is_shown_once_and_its_secret_is_not_stored(site: Site) -> None:
    admin = site.key(Role.ADMIN)
    made = make(site, admin)
    secret = str(made["key"]).rpartition("_")[2]
    assert site.http.get("/v1/whoami", headers=bearer(str(made["key"]))).json()["name"] == "ben"
    assert all(secret.encode() not in data for data in site.api.contents().values())
    assert "key" not in next(
        each for each in site.http.get("/v1/keys", headers=bearer(admin)).json()["items"] if each["id"] == made["id"]
    )


def test_a_key_that_was_revoked_is_of_no_use_after_the_stated_time(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    admin, key = site.key(Role.ADMIN), site.key()
    assert site.http.get("/v1/jobs", headers=bearer(key)).status_code == 200
    key_id = key.split("_")[1]
    assert site.http.post(f"/v1/keys/{key_id}:revoke", headers=bearer(admin)).json()["revoked_at"]
    now = site.http.app.state.gate.keys._clock()  # type: ignore[attr-defined]
    monkeypatch.setattr(site.http.app.state.gate.keys, "_clock", lambda: now + key_check.KEPT_S)  # type: ignore[attr-defined]
    assert site.http.get("/v1/jobs", headers=bearer(key)).status_code == 401
    assert site.http.get("/v1/jobs", headers=bearer(admin)).status_code == 200


def test_a_key_that_has_expired_is_of_no_use(site: Site) -> None:
    wanted = KeyRequest("ben", Role.ADMIN, (OWN,), valid_for=timedelta(microseconds=1))
    expired = create_key(wanted, site.store)[1]
    assert site.http.get("/v1/jobs", headers=bearer(expired)).status_code == 401


@pytest.mark.parametrize(
    "changed", [lambda key: key[:-1], lambda key: key + "x", lambda key: key.upper(), lambda _: "é"]
)
def test_a_key_that_is_almost_one_is_none(site: Site, changed: object) -> None:
    text = changed(site.key())  # type: ignore[operator]
    headers = {"Authorization": f"Bearer {text}".encode()}
    assert site.http.get("/v1/jobs", headers=headers).status_code == 401


def test_an_admin_makes_keys_of_their_own_projects_alone(site: Site) -> None:
    admin = bearer(site.key(Role.ADMIN))
    for projects in ([OTHER], [OWN, OTHER], ["*"]):
        assert site.http.post("/v1/keys", json={**NEW, "projects": projects}, headers=admin).status_code == 403
    everywhere = site.key(Role.ADMIN, "*")
    assert make(site, everywhere, projects=["*"])["projects"] == ["*"]


def test_an_admin_sees_and_revokes_keys_of_their_own_projects_alone(site: Site) -> None:
    key_id, other = site.key(Role.SUBMITTER, OTHER).split("_")[1], bearer(site.key(Role.ADMIN))
    listed = site.http.get("/v1/keys", headers=other).json()["items"]
    assert key_id not in [each["id"] for each in listed]
    answers = [site.http.post(f"/v1/keys/{name}:revoke", headers=other) for name in (key_id, "0" * 16)]
    assert [answer.status_code for answer in answers] == [404, 404]
    assert answers[0].text.replace(key_id, "0" * 16) == answers[1].text


@pytest.mark.parametrize(
    "wrong", [{"role": "king"}, {"projects": []}, {"projects": ["Rose"]}, {"name": ""}, {"days": 0}, {"colour": "red"}]
)
def test_a_key_that_cannot_be_is_refused_by_name_of_the_field(site: Site, wrong: dict[str, object]) -> None:
    answer = site.http.post("/v1/keys", json={**NEW, **wrong}, headers=bearer(site.key(Role.ADMIN)))
    assert answer.status_code == 422
    assert next(iter(wrong)) in answer.json()["detail"]


def test_many_requests_of_a_key_ask_the_store_for_it_once(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    counting = CountingStore(site.store)
    monkeypatch.setattr(site.http.app.state.gate.keys, "_store", counting)  # type: ignore[attr-defined]
    key = site.key()
    for _ in range(20):
        site.http.get("/v1/methods", headers=bearer(key))
    assert counting.calls == [f"get {identity_keys.api_key(key.split('_')[1])}"]


def test_a_key_of_a_later_release_hides_no_other(site: Site) -> None:
    key, _ = create_key(KeyRequest("later", Role.VIEWER, (OWN,)), site.store)
    site.store.put(identity_keys.api_key(key.id), key.model_copy(update={"schema_version": 999}).encode())
    listed = site.http.get("/v1/keys", headers=bearer(site.key(Role.ADMIN))).json()["items"]
    assert [each["name"] for each in listed] == ["admin of rose"]


def test_a_key_that_the_store_cannot_show_is_no_credential(site: Site) -> None:
    assert isinstance(site.store, MemoryStore)
    key = site.key()
    site.store.delete(identity_keys.api_key(key.split("_")[1]))
    assert site.http.get("/v1/jobs", headers=bearer(key)).status_code == 401
