"""Prometheus asks with a key, and is told what is wrong also while the store is away, where keys lie."""

from __future__ import annotations

import pytest

from api.access import key_check
from api.submission import quota_check
from jobs.errors import StoreUnavailable
from jobs.identity.role import Role
from tests.integration.api.access.conftest import Site, bearer


@pytest.fixture(autouse=True)
def nothing_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(key_check, "KEPT_S", 0.0)
    monkeypatch.setattr(quota_check, "KEPT_S", 0.0)


def lose(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    def away(*_: object, **__: object) -> bytes:
        raise StoreUnavailable("the store does not answer")

    for name in ("get", "list", "head"):
        monkeypatch.setattr(site.store, name, away)


def test_a_known_key_is_told_that_the_store_is_away(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    key = site.key(Role.VIEWER, "*")
    assert "florescope_store_up 1.0" in site.http.get("/metrics", headers=bearer(key)).text
    lose(site, monkeypatch)
    answer = site.http.get("/metrics", headers=bearer(key))
    assert answer.status_code == 200
    assert "florescope_store_up 0.0" in answer.text
    assert "florescope_redis_up 1.0" in answer.text


def test_a_key_that_nobody_has_used_is_not_believed_meanwhile(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    key = site.key(Role.VIEWER, "*")
    lose(site, monkeypatch)
    assert site.http.get("/metrics", headers=bearer(key)).status_code == 503


def test_a_key_that_nobody_has_used_lately_is_not_believed_either(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    key = site.key(Role.VIEWER, "*")
    assert site.http.get("/metrics", headers=bearer(key)).status_code == 200
    lose(site, monkeypatch)
    monkeypatch.setattr(key_check, "BELIEVED_S", 0.0)
    assert site.http.get("/metrics", headers=bearer(key)).status_code == 503


def test_a_wrong_secret_is_not_believed_either(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    key = site.key(Role.VIEWER, "*")
    site.http.get("/metrics", headers=bearer(key))
    lose(site, monkeypatch)
    wrong = key[:-1] + ("a" if key[-1] != "a" else "b")
    assert site.http.get("/metrics", headers=bearer(wrong)).status_code == 401
