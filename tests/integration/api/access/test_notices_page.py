"""The page of channels: set, tried and removed by forms, by those who may."""

from __future__ import annotations

import re

from dispatch.notice.channels import read_channels
from dispatch.notice.outbox import notices_of
from jobs.identity.role import Role
from tests.integration.api.access.conftest import OWN, Site

PAGE = f"/projects/{OWN}/notices"
CHANNELS = f"/projects/{OWN}/channels"
FORM = {"name": "ci", "kind": "webhook", "url": "https://example.org/team-token", "states": ["failed"]}


def log_in(site: Site, role: Role) -> str:
    """Log in, and return the token that forms of the session carry."""
    assert site.http.post("/login", data={"key": site.key(role)}).status_code == 303
    page = site.http.get(PAGE)
    assert page.status_code == 200
    found = re.search(r'name="csrf_token" value="([^"]+)"', page.text)
    assert found
    return found[1]


def test_the_own_project_is_found(site: Site) -> None:
    log_in(site, Role.VIEWER)
    assert f"Notices of the project {OWN}" in site.http.get("/notices").text


def test_a_channel_is_set_tried_and_removed_by_forms(site: Site) -> None:
    token = {"csrf_token": log_in(site, Role.ADMIN)}
    answer = site.http.post(CHANNELS, data={**FORM, **token})
    assert answer.status_code == 200
    (channel,) = read_channels(OWN, site.store).channels
    assert channel.secret in answer.text
    assert (channel.every_job, channel.states) == (False, ("failed",))
    assert site.http.post(f"{CHANNELS}/ci/test", data=token).headers["location"] == PAGE
    assert [each.event for each in notices_of(OWN, site.store)] == ["test"]
    shown = site.http.get(PAGE).text
    assert "https://example.org/…" in shown
    assert channel.secret not in shown
    assert "team-token" not in shown
    assert site.http.post(f"{CHANNELS}/ci/remove", data=token).status_code == 303
    assert read_channels(OWN, site.store).channels == ()


def test_what_is_wrong_is_said_on_the_page(site: Site) -> None:
    token = {"csrf_token": log_in(site, Role.ADMIN)}
    for changed, said in (({"url": "exec://x"}, "url"), ({"name": "No Name"}, "name"), ({"states": []}, "states")):
        answer = site.http.post(CHANNELS, data={**FORM, **token, **changed})
        assert answer.status_code == 422
        assert f"{said}: " in answer.text
    assert read_channels(OWN, site.store).channels == ()


def test_a_viewer_sees_no_buttons(site: Site) -> None:
    log_in(site, Role.VIEWER)
    page = site.http.get(PAGE).text
    assert "Set a channel" not in page
