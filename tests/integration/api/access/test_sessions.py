"""People at a browser log in with a key; a form without the token of their session changes nothing."""

from __future__ import annotations

import re

import pytest

from api.access.sessions import COOKIE
from api.http.form_body import MOST_FIELDS
from jobs.identity import identity_keys
from jobs.identity.role import Role
from tests.integration.api.access.conftest import OTHER, OWN, Site, bearer
from tests.integration.api.conftest import assert_problem

PAGE = {"accept": "text/html"}
FORM = {"content-type": "application/x-www-form-urlencoded"}


def log_in(site: Site, key: str, **fields: str) -> str:
    """Log in; returns the token that forms of the session carry."""
    sent = "&".join(f"{name}={value}" for name, value in {"key": key, **fields}.items())
    answer = site.http.post("/login", content=sent, headers=FORM)
    assert answer.status_code == 303, answer.text
    found = re.search(r'name="csrf_token" value="([^"]+)"', site.http.get("/", headers=PAGE).text)
    assert found
    return found[1]


def test_a_person_without_a_session_is_shown_where_to_log_in(site: Site, job_id: str) -> None:
    answer = site.http.get(f"/jobs/{job_id}?sort=index", headers=PAGE)
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"].startswith("Bearer")
    assert 'action="/login"' in answer.text
    assert f'value="/jobs/{job_id}?sort=index"' in answer.text
    assert "secret name" not in answer.text


@pytest.mark.parametrize("path", ["/jobs/one/cancel", "/jobs/one/remarks", "/jobs/selected"])
def test_who_sends_a_form_without_a_session_is_led_back_to_its_page(site: Site, path: str) -> None:
    headers = {**PAGE, **FORM, "referer": "https://testserver/jobs/one?sort=index"}
    answer = site.http.post(path, content="notes=mine", headers=headers)
    assert answer.status_code == 401
    assert 'name="next" value="/jobs/one?sort=index"' in answer.text


@pytest.mark.parametrize("referer", ["", "https://evil.example/jobs", "https://testserver//evil.example", "https://["])
def test_a_form_of_no_page_of_this_site_leads_to_the_table_of_jobs(site: Site, referer: str) -> None:
    answer = site.http.post("/jobs/one/cancel", content="a=b", headers={**PAGE, **FORM, "referer": referer})
    assert answer.status_code == 401
    assert 'name="next" value="/"' in answer.text


def test_a_session_shows_what_the_key_sees(site: Site, job_id: str) -> None:
    log_in(site, site.key(Role.VIEWER))
    assert site.http.get(f"/jobs/{job_id}", headers=PAGE).status_code == 200
    assert "viewer of rose" in site.http.get("/", headers=PAGE).text


def test_a_page_that_refuses_says_whose_session_it_is_too(site: Site) -> None:
    log_in(site, site.key(Role.VIEWER))
    refused = site.http.get("/new", headers=PAGE)
    assert refused.status_code == 403
    assert "<span>viewer of rose · rose</span>" in refused.text


def test_the_cookie_is_out_of_reach_of_scripts_and_of_other_sites(site: Site) -> None:
    answer = site.http.post("/login", content=f"key={site.key()}", headers=FORM)
    cookie = answer.headers["set-cookie"].lower()
    assert all(words in cookie for words in ("httponly", "samesite=lax", "secure"))
    on_loopback = site.http.post("http://127.0.0.1/login", content=f"key={site.key()}", headers=FORM)
    assert "secure" not in on_loopback.headers["set-cookie"].lower()


@pytest.mark.parametrize("sent", ["", "&csrf_token=", "&csrf_token=wrong"])
def test_a_form_without_the_token_is_refused(site: Site, sent: str) -> None:
    job_id = site.submit(site.key())
    log_in(site, site.key())
    answer = site.http.post(f"/jobs/{job_id}/cancel", content=f"a=b{sent}", headers=FORM)
    assert answer.status_code == 403
    assert site.http.get(f"/v1/jobs/{job_id}").json()["state"] == "queued"


def test_a_form_with_the_token_of_another_session_is_refused(site: Site) -> None:
    job_id = site.submit(site.key())
    other = log_in(site, site.key())
    log_in(site, site.key())
    refused = site.http.post(f"/jobs/{job_id}/cancel", content=f"csrf_token={other}", headers=FORM)
    assert refused.status_code == 403


def test_a_form_with_its_token_does_what_it_says(site: Site) -> None:
    job_id = site.submit(site.key())
    token = log_in(site, site.key())
    answer = site.http.post(f"/jobs/{job_id}/cancel", content=f"csrf_token={token}", headers=FORM)
    assert answer.status_code == 303
    assert site.http.get(f"/v1/jobs/{job_id}").json()["state"] == "cancelling"


def test_a_job_is_submitted_from_the_form_of_its_kind(site: Site) -> None:
    token = log_in(site, site.key())
    sent = f"csrf_token={token}&dataset=synthetic_flowers&backbone=SmallCNN&weights=none"
    answer = site.http.post("/new/train", content=sent, headers=FORM)
    assert answer.status_code == 303, answer.text
    job = site.http.get(f"/v1{answer.headers['location']}").json()
    assert (job["project"], job["submitter"]) == (OWN, "submitter of rose")


def test_every_form_of_a_page_carries_the_token(site: Site) -> None:
    job_id = site.submit(site.key())
    log_in(site, site.key())
    for path in ("/", "/new", "/new/train", "/models", f"/jobs/{job_id}"):
        page = site.http.get(path, headers=PAGE).text
        forms = re.findall(r'<form[^>]*method="post"[^>]*>\s*<input type="hidden" name="csrf_token"', page)
        assert len(forms) == len(re.findall(r'<form[^>]*method="post"', page)) > 0


def test_the_session_ends_with_the_key(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    key = site.key()
    log_in(site, key)
    admin = bearer(site.key(Role.ADMIN))
    site.http.post(f"/v1/keys/{key.split('_')[1]}:revoke", headers=admin)
    monkeypatch.setattr(site.http.app.state.gate.keys, "_clock", lambda: 1e12)  # type: ignore[attr-defined]
    assert site.http.get("/", headers=PAGE).status_code == 401


def test_a_cookie_that_nobody_signed_is_none(site: Site) -> None:
    log_in(site, site.key())
    signed = site.http.cookies[COOKIE]
    site.http.cookies.clear()
    for cookie in (signed[:-1], "x", f"{signed}x"):
        assert site.http.get("/", headers={**PAGE, "cookie": f"{COOKIE}={cookie}"}).status_code == 401


def test_logging_out_ends_the_session_of_the_browser(site: Site) -> None:
    log_in(site, site.key())
    assert site.http.post("/logout").status_code == 303
    assert site.http.get("/", headers=PAGE).status_code == 401


def test_a_login_of_too_many_fields_is_refused(site: Site) -> None:
    sent = "&".join(["key=x"] * (MOST_FIELDS + 1))
    assert_problem(site.http.post("/login", content=sent, headers=FORM), 422)


def test_a_wrong_key_begins_no_session(site: Site) -> None:
    answer = site.http.post("/login", content="key=fsk_0000000000000000_no", headers={**FORM, **PAGE})
    assert answer.status_code == 401
    assert COOKIE not in site.http.cookies


def test_a_form_of_thousands_of_fields_begins_no_session(site: Site) -> None:
    sent = "&".join(f"key{number}=x" for number in range(2000))
    assert site.http.post("/login", content=sent, headers={**FORM, **PAGE}).status_code == 422


@pytest.mark.parametrize(
    "then",
    ["https://evil.example", "//evil.example", "/\\evil.example", "javascript:alert(1)", "//[", "/%09//evil.example"],
)
def test_logging_in_leads_to_pages_of_this_site_alone(site: Site, then: str) -> None:
    answer = site.http.post("/login", content=f"key={site.key()}&next={then}", headers=FORM)
    assert answer.headers["location"] == "/"


def test_who_has_several_projects_chooses_one(site: Site) -> None:
    key = site.key(Role.SUBMITTER, OWN, OTHER)
    log_in(site, key, project=OTHER)
    assert site.http.get("/v1/whoami").json()["project"] == OTHER
    refused = site.http.post("/login", content=f"key={key}&project=daisy", headers=FORM)
    assert refused.status_code == 401


@pytest.mark.parametrize("name", ["Rose", "rose/mine", "*", "a" * 41])
def test_who_has_all_projects_chooses_one_by_a_name_that_projects_can_have(site: Site, name: str) -> None:
    key = site.key(Role.SUBMITTER, "*")
    refused = site.http.post("/login", content=f"key={key}&project={name}", headers={**FORM, **PAGE})
    assert refused.status_code == 401
    assert "is no name of a project: expected 1 to 40 letters" in refused.text
    assert COOKIE not in site.http.cookies
    log_in(site, key, project="daisy")
    assert site.http.get("/v1/whoami").json()["project"] == "daisy"


def test_what_a_browser_keeps_is_not_for_whoever_logs_in_next(site: Site, job_id: str) -> None:
    log_in(site, site.key(Role.VIEWER))
    answer = site.http.get(f"/v1/jobs/{job_id}/artifacts/spec.json")
    assert answer.status_code == 200
    assert answer.headers["cache-control"].startswith("private")
    assert answer.headers["vary"] == "Authorization, Cookie"


def test_a_form_with_files_begins_with_the_token(site: Site) -> None:
    token = log_in(site, site.key(Role.SUBMITTER))
    pictures = {"pictures": ("mine/rose/1.jpg", b"picture")}
    late = [("folder", (None, "mine")), ("csrf_token", (None, token))]
    assert site.http.post("/upload/pictures", files=late).status_code == 403
    answer = site.http.post("/upload/pictures", data={"csrf_token": token, "folder": "mine"}, files=pictures)
    assert answer.status_code == 303
    assert site.store.get(f"datasets/@{OWN}/mine/rose/1.jpg") == b"picture"


def test_whoever_has_the_session_of_a_damaged_key_can_log_in_with_another_one(site: Site) -> None:
    damaged = site.key()
    log_in(site, damaged)
    site.store.put(identity_keys.api_key(damaged.split("_")[1]), b"torn")
    site.http.app.state.gate.keys.forget(damaged.split("_")[1])  # type: ignore[attr-defined]
    assert site.http.get("/", headers=PAGE).status_code == 401
    log_in(site, site.key(Role.VIEWER))
    assert "viewer of rose" in site.http.get("/", headers=PAGE).text
