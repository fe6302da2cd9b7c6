"""The page of channels: set, tried and removed by forms, by those who may."""

from __future__ import annotations

import re

import pytest

from api.submission import quota_check
from dispatch.notice.channels import read_channels
from dispatch.notice.outbox import notices_of
from jobs.identity.quota import Quota
from jobs.identity.role import Role
from tests.integration.api.access.conftest import OWN, Site, bearer

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


def checked(page: str) -> list[str]:
    """The values of the boxes and buttons that are ticked."""
    return re.findall(r'<input type="(?:checkbox|radio)" [^>]*value="([^"]+)" checked>', page)


def test_what_was_chosen_stays_and_the_address_does_not(site: Site) -> None:
    token = {"csrf_token": log_in(site, Role.ADMIN)}
    chosen = {"name": "chat", "kind": "message", "url": "exec://secret", "states": ["failed", "cancelled"]}
    sent = {**chosen, "every_job": "no", **token}
    page = site.http.post(CHANNELS, data=sent, headers={"accept": "text/html"}).text
    assert 'value="chat"' in page
    assert '<option value="message" selected>' in page
    assert checked(page) == ["failed", "cancelled", "no"]
    assert "secret" not in page


def test_an_empty_form_tells_of_every_end_of_every_job(site: Site) -> None:
    log_in(site, Role.ADMIN)
    ends = ["succeeded", "completed_with_errors", "failed", "cancelled"]
    assert checked(site.http.get(PAGE).text) == [*ends, "yes"]


def test_a_channel_beyond_the_requests_of_a_minute_stays_as_it_was_filled_in(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(quota_check, "KEPT_S", 0.0)
    key = bearer(site.key(Role.ADMIN, quota=Quota(requests_per_minute=1)))
    sent = {**FORM, "name": "chat", "url": "exec://secret"}
    answers = [site.http.post(CHANNELS, data=sent, headers={**key, "accept": "text/html"}) for _ in range(3)]
    refused = next(each for each in answers if each.status_code == 429)
    assert "1 requests a minute" in refused.text
    assert 'value="chat"' in refused.text
    assert checked(refused.text) == ["failed", "no"]
    assert 0 < int(refused.headers["retry-after"]) <= 60


def test_a_viewer_sees_no_buttons(site: Site) -> None:
    log_in(site, Role.VIEWER)
    page = site.http.get(PAGE).text
    assert "Set a channel" not in page
