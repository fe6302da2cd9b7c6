"""Submitting from the page, as a browser without JavaScript does."""

from __future__ import annotations

import html
import re
from datetime import datetime
from typing import Any

import httpx
import pytest

from jobs import keys
from jobs.specs.spec import KINDS
from jobs.turns.turn import JobTurn, Priority
from tests.integration.api.conftest import Api

TRAIN = {"dataset": "synthetic_flowers", "backbone": "SmallCNN", "weights": "none", "epochs": "2"}
BROWSER = {"accept": "text/html"}


def send(api: Api, kind: str, fields: dict[str, Any], **headers: str) -> httpx.Response:
    return api.http.post(f"/new/{kind}", data=fields, headers={**BROWSER, **headers})


def errors(answer: httpx.Response) -> dict[str, str]:
    found = re.findall(r'class="error" id="e-([\w-]+)" (hidden)?>(.*?)</p>', answer.text)
    return {name: html.unescape(text) for name, hidden, text in found if not hidden}


def inputs(answer: httpx.Response) -> dict[str, list[str]]:
    """What a browser would send of the form as it is shown; of selects and ticks, what is chosen."""
    found: dict[str, list[str]] = {}
    for tag in re.findall(r"<input[^>]*>", answer.text):
        about = dict(re.findall(r'(\w+)="([^"]*)"', tag))
        if "name" in about and (about.get("type") != "checkbox" or " checked" in tag):
            found.setdefault(about["name"], []).append(html.unescape(about.get("value", "")))
    for name, options in re.findall(r'<select[^>]*name="([\w.]+)"[^>]*>(.*?)</select>', answer.text, re.DOTALL):
        found[name] = re.findall(r'selected value="([^"]*)"', options) or [""]
    for name, text in re.findall(r'<textarea[^>]*name="([\w.]+)"[^>]*>(.*?)</textarea>', answer.text, re.DOTALL):
        found[name] = [html.unescape(text)]
    return found


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_has_a_form(api: Api, kind: str) -> None:
    assert f'href="/new/{kind}"' in api.http.get("/new").text
    answer = api.http.get(f"/new/{kind}")
    assert answer.status_code == 200
    assert 'class="error"' in answer.text
    assert not errors(answer)


def test_a_form_that_is_right_submits_the_job_and_shows_it(api: Api) -> None:
    answer = send(api, "train", TRAIN)
    assert answer.status_code == 303
    page = answer.headers["location"]
    spec = api.http.get(f"/v1{page}").json()["spec"]
    assert (spec["epochs"], spec["backbone"]) == (2, "SmallCNN")
    assert "SmallCNN" in api.http.get(page).text


def test_the_form_as_it_is_shown_can_be_sent(api: Api) -> None:
    shown = inputs(api.http.get("/new/train"))
    assert errors(send(api, "train", shown)) == {"dataset": "this is required: add it"}
    assert send(api, "train", {**shown, "dataset": "synthetic_flowers"}).status_code == 303


def test_errors_stand_beside_their_fields_and_what_was_typed_stays(api: Api) -> None:
    answer = send(
        api, "train", {**TRAIN, "epochs": "many", "optimizer.learning_rate": "-1", "dataset": "sinthetic_flowers"}
    )
    assert answer.status_code == 422
    assert set(errors(answer)) == {"epochs", "optimizer-learning_rate"}
    assert inputs(answer)["epochs"] == ["many"]
    answer = send(api, "train", {**TRAIN, "dataset": "sinthetic_flowers"})
    assert "did you mean 'synthetic_flowers'" in errors(answer)["dataset"]


def test_the_list_of_errors_leads_to_inputs_groups_and_choices(api: Api) -> None:
    answer = send(api, "evaluate", {"model": "m", "dataset": "", "corruptions": "rain"})
    assert {"dataset", "corruptions"} <= set(errors(answer))
    assert set(re.findall(r'href="#([^"]*)"', answer.text)) <= set(re.findall(r'id="([^"]*)"', answer.text))


def test_commands_and_values_in_descriptions_are_shown_as_such(api: Api) -> None:
    text = api.http.get("/new/explain").text
    assert "<code>second</code>" in text
    assert not re.findall(r'class="fine" id="d-[^>]*>[^<]*`', text)


def test_what_no_single_field_is_at_fault_for_is_told_above_the_form(api: Api) -> None:
    answer = send(api, "train", {**TRAIN, "weights": "imagenet"})
    assert answer.status_code == 422
    assert "do not exist for backbone" in answer.text


def test_a_split_is_checked_at_once(api: Api) -> None:
    answer = api.http.post("/new/preview/check", data={"dataset": "synthetic_flowers", "split": "training"})
    assert answer.status_code == 200
    assert "does not exist" in errors(answer)["split"]
    assert api.http.get("/v1/jobs").json()["items"] == []


def test_the_same_form_that_is_sent_twice_is_one_job(api: Api) -> None:
    token = inputs(api.http.get("/new/train"))["_token"][0]
    first, again = (send(api, "train", {**TRAIN, "_token": token}) for _ in range(2))
    assert first.headers["location"] == again.headers["location"]
    other = send(api, "train", {**TRAIN, "_token": token, "epochs": "3"})
    assert other.headers["location"] != first.headers["location"]


def test_a_job_runs_again_with_changes(api: Api) -> None:
    job_id = api.submit(epochs=7, name="petals")
    assert f'href="/new/train?from={job_id}"' in api.http.get(f"/jobs/{job_id}").text
    shown = inputs(api.http.get(f"/new/train?from={job_id}"))
    assert (shown["epochs"], shown["name"], shown["backbone"]) == (["7"], ["petals"], ["SmallCNN"])
    assert api.http.get(f"/new/explain?from={job_id}", headers=BROWSER).status_code == 422
    assert api.http.get("/new/train?from=none", headers=BROWSER).status_code == 404


@pytest.mark.usefixtures("rose")
def test_a_model_is_explained_from_its_page(api: Api) -> None:
    page = api.http.get("/models/rose").text
    (address,) = re.findall(r'href="(/new/explain\?[^"]*)"', page)
    shown = inputs(api.http.get(html.unescape(address)))
    assert (shown["model"], shown["dataset"]) == (["rose"], ["synthetic_flowers"])
    assert send(api, "explain", {**shown, "split": "test[0:8]"}).status_code == 303


@pytest.mark.parametrize("origin", ["http://evil.example", "null", "http://127.0.0.1.evil.example"])
def test_a_page_of_another_site_submits_nothing(api: Api, origin: str) -> None:
    assert send(api, "train", TRAIN, origin=origin).status_code == 403
    assert send(api, "train", TRAIN, **{"sec-fetch-site": "cross-site"}).status_code == 403
    assert api.http.get("/v1/jobs").json()["items"] == []


def test_a_page_of_this_site_does(api: Api) -> None:
    origin = str(api.http.base_url).rstrip("/")
    assert send(api, "train", TRAIN, origin=origin, **{"sec-fetch-site": "same-origin"}).status_code == 303


@pytest.mark.parametrize(
    ("body", "kind", "status"),
    [(b"\xff=%ff&dataset=%00", "application/x-www-form-urlencoded", 422), (b"{}", "application/json", 415),
     (b"&".join(b"a%d=1" % n for n in range(1200)), "application/x-www-form-urlencoded", 422)],
)  # fmt: skip
def test_what_is_no_form_gets_a_page_that_says_so(api: Api, body: bytes, kind: str, status: int) -> None:
    answer = api.http.post("/new/train", content=body, headers={**BROWSER, "content-type": kind})
    assert answer.status_code == status
    assert answer.headers["content-type"].startswith("text/html")
    assert "Traceback" not in answer.text


@pytest.mark.parametrize("path", ["/new/nothing", "/new/train?from=" + "x" * 65, "/new/train?modell=rose"])
def test_a_crafted_address_gets_a_clear_page(api: Api, path: str) -> None:
    answer = api.http.get(path, headers=BROWSER)
    assert answer.status_code == 422
    assert 'role="alert"' in answer.text


def test_the_job_s_page_says_how_to_submit_it_elsewhere(api: Api) -> None:
    text = html.unescape(api.http.get(f"/jobs/{api.submit(epochs=7)}").text)
    for part in ("florescope train --api", "curl --json @-", "client.submit(", '"epochs": 7'):
        assert part in text


def test_a_job_is_submitted_with_its_priority_and_its_deadline(api: Api) -> None:
    answer = send(api, "train", {**TRAIN, "_priority": "high", "_deadline": "2099-01-31T18:00+01:00"})
    turn = api.http.get(f"/v1{answer.headers['location']}").json()["turn"]
    assert (turn["priority"], turn["deadline"]) == ("high", "2099-01-31T18:00:00+01:00")


@pytest.mark.parametrize(
    ("deadline", "shown"), [("2099-01-31T18:00:00Z", "2099-01-31T18:00:00+00:00"), ("2020-01-31T18:00:00Z", "")]
)
def test_a_job_runs_again_with_its_priority_and_with_a_deadline_that_lies_ahead(
    api: Api, deadline: str, shown: str
) -> None:
    job_id = api.submit()
    turn = JobTurn(job_id=job_id, priority=Priority.LOW, deadline=datetime.fromisoformat(deadline))
    api.store.put(keys.turn(job_id), turn.encode())
    form = inputs(api.http.get(f"/new/train?from={job_id}"))
    assert (form["_priority"], form["_deadline"]) == (["low"], [shown])
    assert send(api, "train", form).status_code == 303


@pytest.mark.parametrize(
    ("field", "text", "said"),
    [
        ("_deadline", "tomorrow", "no time with its zone"),
        ("_deadline", "2099-01-31T18:00", "no time with its zone"),
        ("_deadline", "2020-01-31T18:00Z", "has passed"),
        ("_priority", "urgent", "high, normal or low"),
    ],
)
def test_a_time_that_cannot_be_is_said_beside_its_field(api: Api, field: str, text: str, said: str) -> None:
    answer = send(api, "train", {**TRAIN, field: text})
    assert answer.status_code == 422
    assert said in errors(answer)[field]
    assert api.http.get("/v1/jobs").json()["items"] == []
