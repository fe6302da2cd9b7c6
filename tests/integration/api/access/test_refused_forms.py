"""Forms of people who are logged in, refused by what the gate asks: nothing that was written is lost."""

from __future__ import annotations

import re

import httpx
import pytest

from api.submission import quota_check
from jobs.identity.quota import Quota
from jobs.identity.role import Role
from tests.integration.api.access.conftest import OWN, Site, bearer

PAGE = {"accept": "text/html"}
OWN_PAGE = {**PAGE, "origin": "https://testserver"}
REMARKS = {"name": "petals", "tags": "report", "notes": "kept for the report"}
TRAIN = {"dataset": "synthetic_flowers", "backbone": "SmallCNN", "weights": "none", "epochs": "7"}


def log_in(site: Site, role: Role = Role.SUBMITTER) -> None:
    assert site.http.post("/login", data={"key": site.key(role)}).status_code == 303


def token(answer: httpx.Response) -> dict[str, str]:
    """The token of the session, as the form of a page has it."""
    found = re.search(r'name="csrf_token" value="([^"]+)"', answer.text.partition("<main>")[2])
    return {"csrf_token": found[1]} if found else {}


def test_a_form_of_an_earlier_session_is_shown_again_and_can_be_sent(site: Site, job_id: str) -> None:
    log_in(site)
    path = f"/jobs/{job_id}/remarks"
    answer = site.http.post(path, data={**REMARKS, "csrf_token": "earlier"}, headers=OWN_PAGE)
    assert answer.status_code == 403
    assert "kept for the report</textarea>" in answer.text
    assert site.http.post(path, data={**REMARKS, **token(answer)}, headers=OWN_PAGE).status_code == 303
    answer = site.http.post("/new/train", data={**TRAIN, "csrf_token": "earlier"}, headers=OWN_PAGE)
    assert answer.status_code == 403
    assert site.http.post("/new/train", data={**TRAIN, **token(answer)}, headers=OWN_PAGE).status_code == 303


@pytest.mark.parametrize("path", ["/jobs/{}/remarks", "/new/train"])
def test_what_another_site_may_have_filled_in_gets_no_token(site: Site, job_id: str, path: str) -> None:
    log_in(site)
    answer = site.http.post(path.format(job_id), data={**REMARKS, **TRAIN}, headers=PAGE)
    assert answer.status_code == 403
    assert token(answer) == {}


def test_what_was_written_can_be_copied_where_the_session_has_expired(site: Site, job_id: str) -> None:
    answer = site.http.post(f"/jobs/{job_id}/remarks", data=REMARKS, headers=PAGE)
    assert answer.status_code == 401
    assert "kept for the report" in answer.text
    answer = site.http.post("/new/train", data=TRAIN, headers=PAGE)
    assert answer.status_code == 401
    assert "&#34;epochs&#34;: 7" in answer.text


def test_what_a_viewer_wrote_can_be_copied(site: Site, job_id: str) -> None:
    log_in(site, Role.VIEWER)
    answer = site.http.post(f"/jobs/{job_id}/remarks", data=REMARKS, headers=OWN_PAGE)
    assert answer.status_code == 403
    assert "kept for the report" in answer.text
    assert "<textarea" not in answer.text


def test_no_secret_is_shown_where_a_form_is_refused(site: Site) -> None:
    sent = {"name": "chat", "kind": "webhook", "url": "https://example.org/team-secret", "states": ["failed"]}
    answer = site.http.post(f"/projects/{OWN}/channels", data=sent, headers=PAGE)
    assert answer.status_code == 401
    assert "chat" in answer.text
    assert "team-secret" not in answer.text
    answer = site.http.post("/login", data={"key": "team-secret", "project": "tulip"}, headers=PAGE)
    assert "team-secret" not in answer.text
    assert 'value="tulip"' in answer.text


def test_remarks_beyond_the_requests_of_a_minute_stay(site: Site, job_id: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(quota_check, "KEPT_S", 0.0)
    key = bearer(site.key(quota=Quota(requests_per_minute=1)))
    path = f"/jobs/{job_id}/remarks"
    answers = [site.http.post(path, data=REMARKS, headers={**key, **PAGE}) for _ in range(3)]
    refused = next(each for each in answers if each.status_code == 429)
    assert "kept for the report</textarea>" in refused.text
    assert 0 < int(refused.headers["retry-after"]) <= 60


def test_pictures_beyond_the_requests_of_a_minute_lead_back_to_the_form(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(quota_check, "KEPT_S", 0.0)
    key = bearer(site.key(quota=Quota(requests_per_minute=1)))
    for _ in range(3):
        sent = {"data": {"folder": "garden"}, "files": [("pictures", ("mine/rose/1.jpg", b"picture"))]}
        answer = site.http.post("/upload/pictures", headers={**key, **PAGE}, **sent)
    assert answer.status_code == 429
    assert "1 requests a minute" in answer.text
    assert 'action="/upload/pictures"' in answer.text
