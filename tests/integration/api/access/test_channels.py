"""Channels of a project: set by its admin, named by its jobs; their addresses are never shown again."""

from __future__ import annotations

from typing import Any

import pytest

from dispatch.notice.channels import read_channel
from dispatch.notice.outbox import waiting_notices
from jobs.identity.role import Role
from jobs.notice import notice_keys
from tests.integration.api.access.conftest import OTHER, OWN, Site, bearer
from tests.integration.api.conftest import TRAIN, assert_problem

CHANNELS = f"/v1/projects/{OWN}/channels"
SECRET = "token-of-the-team"
WEBHOOK = {"kind": "webhook", "url": f"https://example.org/{SECRET}"}


def made(site: Site, name: str = "ci", **fields: Any) -> dict[str, Any]:
    """A channel that an admin of the project has set."""
    answer = site.http.put(f"{CHANNELS}/{name}", json={**WEBHOOK, **fields}, headers=bearer(site.key(Role.ADMIN)))
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


def test_a_webhook_gets_a_secret_that_is_shown_once_and_its_address_never(site: Site) -> None:
    channel = made(site)
    assert channel["secret"] == read_channel(OWN, "ci", site.store).secret
    assert channel["secret"].startswith("whsec_")
    assert channel["address"] == "https://example.org/…"
    listed = site.http.get(CHANNELS, headers=bearer(site.key(Role.VIEWER)))
    assert [each["name"] for each in listed.json()["items"]] == ["ci"]
    audited = site.http.get("/v1/audit-log", headers=bearer(site.key(Role.ADMIN)))
    for text in (str(channel["address"]), listed.text, audited.text):
        assert SECRET not in text
        assert channel["secret"] not in text


def test_a_message_has_no_secret_to_sign_with(site: Site) -> None:
    channel = made(site, "chat", kind="message", url=f"slack://{SECRET}/B/C")
    assert (channel["secret"], channel["address"]) == (None, "Slack")


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"url": f"exec://{SECRET}"}, "url"),
        ({"kind": "message", "url": f"json://{SECRET}"}, "url"),
        ({"states": ["running"]}, "states"),
        ({"states": []}, "states"),
        ({"kind": "pigeon"}, "kind"),
    ],
)
def test_what_is_wrong_with_a_channel_is_said_without_its_address(site: Site, fields: Any, field: str) -> None:
    answer = site.http.put(f"{CHANNELS}/ci", json={**WEBHOOK, **fields}, headers=bearer(site.key(Role.ADMIN)))
    problem = assert_problem(answer, 422)
    assert field in str(problem)
    assert SECRET not in answer.text


def test_a_test_is_put_into_the_store_and_seen(site: Site) -> None:
    made(site)
    answer = site.http.post(f"{CHANNELS}/ci:test", headers=bearer(site.key(Role.ADMIN)))
    assert answer.status_code == 202
    asked = answer.json()
    assert (asked["event"], asked["state"]) == ("test", "waiting")
    assert list(waiting_notices(site.store)) == [(OWN, asked["id"])]
    found = site.http.get(f"/v1/projects/{OWN}/notices", headers=bearer(site.key(Role.VIEWER))).json()["items"]
    assert [each["id"] for each in found] == [asked["id"]]
    assert site.http.get(f"/v1/projects/{OTHER}/notices", headers=bearer(site.key(Role.VIEWER))).status_code == 404


def test_a_channel_that_was_removed_is_gone(site: Site) -> None:
    made(site)
    admin = bearer(site.key(Role.ADMIN))
    assert site.http.delete(f"{CHANNELS}/ci", headers=admin).status_code == 204
    for answer in (
        site.http.delete(f"{CHANNELS}/ci", headers=admin),
        site.http.post(f"{CHANNELS}/ci:test", headers=admin),
    ):
        assert "it has none" in assert_problem(answer, 404)["detail"]


def test_a_job_names_channels_of_its_own_project(site: Site) -> None:
    made(site)
    assert site.submit(site.key(), notify=["ci"])
    answer = site.http.post("/v1/jobs", json={**TRAIN, "notify": ["chat"]}, headers=bearer(site.key()))
    assert "has no channel 'chat'; it has ci" in str(assert_problem(answer, 422))


def test_a_project_has_a_bounded_number_of_channels(site: Site) -> None:
    for number in range(20):
        made(site, f"c{number}")
    made(site, "c0", url="https://example.org/another")
    answer = site.http.put(f"{CHANNELS}/one-more", json=WEBHOOK, headers=bearer(site.key(Role.ADMIN)))
    assert "at most 20" in assert_problem(answer, 422)["detail"]


def test_channels_that_are_damaged_are_set_anew(site: Site) -> None:
    made(site, "chat")
    site.store.put(notice_keys.channels(OWN), b"torn")
    made(site)
    listed = site.http.get(CHANNELS, headers=bearer(site.key(Role.VIEWER)))
    assert [each["name"] for each in listed.json()["items"]] == ["ci"]


def test_channels_that_a_later_release_wrote_are_left_to_it(site: Site) -> None:
    stored = b'{"schema_version": 99, "project": "rose"}'
    site.store.put(notice_keys.channels(OWN), stored)
    answer = site.http.put(f"{CHANNELS}/ci", json=WEBHOOK, headers=bearer(site.key(Role.ADMIN)))
    assert answer.status_code == 503
    assert site.store.get(notice_keys.channels(OWN)) == stored
