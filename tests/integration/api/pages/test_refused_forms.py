"""Forms that are refused: what was written stays, the reason stands beside it, and there is a way back."""

from __future__ import annotations

import html
import re
from collections.abc import Mapping
from typing import Any

import httpx
import pytest
from playwright.sync_api import Page, expect

from jobs import keys
from jobs.errors import StoreUnavailable
from jobs.state import JobState
from tests.integration.api.conftest import Api
from tests.services.refusing_store import RefusingStore

BROWSER = {"accept": "text/html"}
REMARKS = {"name": "petals", "tags": "report, second try", "notes": "\r\nkept for the report\r\n<b>"}


@pytest.fixture
def store() -> RefusingStore:
    return RefusingStore("api")


def send(api: Api, path: str, fields: Mapping[str, Any], *, page: str = "") -> httpx.Response:
    """As a browser sends a form of this page."""
    referer = {"referer": f"{str(api.http.base_url).rstrip('/')}{page}"} if page else {}
    return api.http.post(path, data=fields, headers={**BROWSER, **referer})


def remarks(answer: httpx.Response) -> dict[str, str]:
    """What the form of remarks shows, as a browser reads it."""
    found = {name: re.search(rf'<input name="{name}"[^>]* value="([^"]*)"', answer.text) for name in ("name", "tags")}
    notes = re.search(r'<textarea name="notes"[^>]*>\n?(.*?)</textarea>', answer.text, re.DOTALL)
    return {name: html.unescape(match[1]) for name, match in {**found, "notes": notes}.items() if match}


def reason(answer: httpx.Response) -> str:
    found = re.search(r'role="alert">(.*?)</p>', answer.text, re.DOTALL)
    return html.unescape(found[1]) if found else ""


def ways(answer: httpx.Response) -> list[str]:
    """The addresses that the main part of a page leads to."""
    return [html.unescape(each) for each in re.findall(r'<a href="([^"]*)"', answer.text.partition("<main>")[2])]


def test_remarks_that_cannot_be_taken_come_back_as_they_were_written(api: Api) -> None:
    job_id = api.submit()
    answer = send(api, f"/jobs/{job_id}/remarks", {**REMARKS, "name": "?no name"})
    assert answer.status_code == 422
    assert "name: " in reason(answer)
    assert remarks(answer) == {**REMARKS, "name": "?no name"}
    assert f"/jobs/{job_id}" in ways(answer)


def test_remarks_that_the_store_does_not_take_come_back_and_can_be_sent_again(api: Api, store: RefusingStore) -> None:
    job_id = api.submit()
    store.refused = keys.note(job_id)
    answer = send(api, f"/jobs/{job_id}/remarks", REMARKS)
    assert answer.status_code == 503
    assert int(answer.headers["retry-after"]) > 0
    assert remarks(answer) == REMARKS
    store.refused = None
    assert send(api, f"/jobs/{job_id}/remarks", remarks(answer)).status_code == 303


def test_remarks_beside_damaged_ones_come_back(api: Api) -> None:
    job_id = api.submit()
    api.store.put(keys.note(job_id), b"{")
    answer = send(api, f"/jobs/{job_id}/remarks", REMARKS)
    assert answer.status_code == 409
    assert remarks(answer) == REMARKS


def test_remarks_on_a_job_that_is_gone_can_be_copied(api: Api) -> None:
    answer = send(api, "/jobs/01m8erfsaamxdgsqmf469cdd2v/remarks", REMARKS)
    assert answer.status_code == 404
    assert "kept for the report" in answer.text
    assert "&lt;b&gt;" in answer.text


def test_notes_that_begin_with_an_empty_line_keep_it(api: Api) -> None:
    job_id = api.submit()
    assert send(api, f"/jobs/{job_id}/remarks", REMARKS).status_code == 303
    shown = remarks(api.http.get(f"/jobs/{job_id}"))
    assert shown["notes"] == REMARKS["notes"].replace("\r\n", "\n")


@pytest.mark.parametrize("page", ["/jobs/{}?outcome=wrong", "/?state=failed&q=rose", "/operations"])
def test_a_page_that_refuses_a_form_leads_back_to_its_page(api: Api, page: str) -> None:
    job_id = api.submit()
    api.end(job_id)
    answer = send(api, f"/jobs/{job_id}/cancel", {}, page=page.format(job_id))
    assert answer.status_code == 409
    assert page.format(job_id) in ways(answer)


@pytest.mark.parametrize(
    ("page", "back"),
    [
        ("/jobs/some/remarks", "/jobs/some"),
        ("/jobs/some/delete", "/jobs/some/delete"),
        ("/jobs/selected", "/"),
        ("/new/train", "/new/train"),
        ("/jobs/some/images/a%2Fb.png?list=fixed", "/jobs/some/images/a%2Fb.png?list=fixed"),
    ],
)
def test_the_way_back_from_a_form_that_was_shown_again_is_a_page(api: Api, page: str, back: str) -> None:
    job_id = api.submit()
    api.end(job_id)
    assert back in ways(send(api, f"/jobs/{job_id}/cancel", {}, page=page))


@pytest.mark.parametrize("referer", ["https://evil.example/jobs/one", "https://[", "javascript:alert(1)"])
def test_a_page_that_refuses_a_form_never_leads_to_another_site(api: Api, referer: str) -> None:
    job_id = api.submit()
    api.end(job_id)
    answer = api.http.post(f"/jobs/{job_id}/cancel", headers={**BROWSER, "referer": referer})
    assert answer.status_code == 409
    assert ways(answer) == ["/"]


@pytest.mark.parametrize("origin", ["http://[", "null", "https://evil.example"])
def test_whatever_is_no_address_of_this_site_is_refused_as_an_origin(api: Api, origin: str) -> None:
    assert api.http.post("/jobs/selected", headers={**BROWSER, "origin": origin}).status_code == 403


def test_the_table_of_jobs_keeps_what_is_ticked_and_what_it_was_asked_for(api: Api) -> None:
    over, going_on = api.submit(name="over"), api.submit(name="going on")
    api.end(over)
    table = re.search(r'name="table" value="([^"]*)"', api.http.get("/?kind=train&column=state").text)
    assert table
    sent = {"job": [over, going_on], "action": "delete", "table": html.unescape(table[1])}
    answer = send(api, "/jobs/selected", sent, page="/?kind=train&column=state")
    assert answer.status_code == 409
    assert "Cancel first" in reason(answer)
    assert set(re.findall(r'name="job" value="([^"]*)" checked', answer.text)) == {over, going_on}
    assert "<option selected>train</option>" in answer.text
    assert 'name="table" value="/?kind=train&amp;column=state"' in answer.text
    assert "data-live-list" not in answer.text  # which would load the page again, and so send the form


def test_what_is_done_with_jobs_leads_back_to_the_table_as_it_was_asked_for(api: Api) -> None:
    sent = {"job": api.submit(), "action": "cancel", "table": "/?q=rose&column=state&column=tags"}
    assert send(api, "/jobs/selected", sent).headers["location"] == "/?q=rose&column=state&column=tags"


@pytest.mark.parametrize("table", ["https://evil.example/?q=rose", "//[", "/?nothing=1", "/?sort=nothing"])
def test_no_form_leads_to_anything_but_the_table(api: Api, table: str) -> None:
    sent = {"job": api.submit(), "action": "cancel", "table": table}
    assert send(api, "/jobs/selected", sent).headers["location"] in {"/", "/?q=rose"}


def test_a_folder_whose_picture_is_refused_keeps_its_name_and_says_how_far_it_came(api: Api) -> None:
    files = [("pictures", (name, b"picture")) for name in ("mine/rose/1.jpg", "a/../../b.jpg")]
    answer = api.http.post("/upload/pictures", data={"folder": "garden"}, files=files, headers=BROWSER)
    assert answer.status_code == 422
    assert "b.jpg" in reason(answer)
    assert "1 pictures that came before are there" in reason(answer)
    assert 'id="folder-name" name="folder" value="garden"' in answer.text


def test_a_form_of_a_job_that_is_damaged_elsewhere_comes_back(api: Api, store: RefusingStore) -> None:
    store.refused = keys.ACTIVE_PREFIX
    sent = {"dataset": "synthetic_flowers", "backbone": "SmallCNN", "weights": "none", "epochs": "7"}
    answer = send(api, "/new/train", sent)
    assert answer.status_code == 503
    assert 'name="epochs"' in answer.text
    assert 'value="7"' in answer.text


def test_a_channel_that_the_store_does_not_take_comes_back(api: Api, store: RefusingStore) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise StoreUnavailable("the store does not answer")

    store.put = refuse  # type: ignore[method-assign]
    sent = {"name": "chat", "kind": "webhook", "url": "https://example.org/secret", "states": ["failed"]}
    answer = send(api, "/projects/default/channels", sent)
    assert answer.status_code == 503
    assert 'name="name" required' in answer.text
    assert 'value="chat"' in answer.text
    assert "secret" not in answer.text


@pytest.mark.browser
def test_a_person_mends_remarks_and_saves_them(api: Api, page: Page) -> None:
    job_id = api.submit()
    api.end(job_id, JobState.SUCCEEDED)
    page.goto(f"{str(api.http.base_url).rstrip('/')}/jobs/{job_id}")
    page.get_by_text("Name, tags and notes").click()
    page.get_by_label("Tags").fill("#no tag")
    page.get_by_label("Notes").fill("kept")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("alert")).to_contain_text("tag '#no tag': expected")
    expect(page.get_by_label("Notes")).to_have_value("kept")
    page.get_by_label("Tags").fill("a tag")
    page.get_by_role("button", name="Save").click()
    page.wait_for_url(f"**/jobs/{job_id}")
    expect(page.get_by_role("link", name="a tag")).to_be_visible()
