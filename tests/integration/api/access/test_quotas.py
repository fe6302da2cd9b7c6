"""Quotas of keys and projects, counted in Redis: exact, however many submit at once."""

from __future__ import annotations

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest

from api.submission import quota_check
from jobs.errors import StoreUnavailable
from jobs.identity import identity_keys
from jobs.identity.quota import Quota
from jobs.identity.role import Role
from tests.integration.api.access.conftest import OWN, Site, bearer
from tests.integration.api.conftest import TRAIN, assert_problem

PAGE = {"accept": "text/html"}
EVALUATE = {"kind": "evaluate", "model": "", "dataset": "synthetic_flowers", "split": "test[0:8]"}


@pytest.fixture(autouse=True)
def _quotas_count_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(quota_check, "KEPT_S", 0.0)


def submit(site: Site, key: str, **headers: str) -> httpx.Response:
    answer: httpx.Response = site.http.post("/v1/jobs", json=TRAIN, headers={**bearer(key), **headers})
    return answer


def set_quota(site: Site, **quota: int) -> None:
    admin = bearer(site.key(Role.ADMIN))
    assert site.http.put(f"/v1/projects/{OWN}/quota", json=quota, headers=admin).status_code == 200


def test_of_a_hundred_submissions_at_once_as_many_are_taken_as_the_key_may_have(site: Site) -> None:
    key = site.key(quota=Quota(active_jobs=7))
    with ThreadPoolExecutor(20) as threads:
        answers = list(threads.map(lambda _: submit(site, key), range(100)))
    assert Counter(answer.status_code for answer in answers) == {202: 7, 429: 93}
    assert len(site.http.get("/v1/jobs", headers=bearer(key)).json()["items"]) == 7


def test_the_quota_of_a_project_holds_for_all_of_its_keys_together(site: Site) -> None:
    set_quota(site, active_jobs=5)
    used = [site.key() for _ in range(4)]
    with ThreadPoolExecutor(8) as threads:
        answers = list(threads.map(lambda number: submit(site, used[number % 4]), range(40)))
    assert Counter(answer.status_code for answer in answers) == {202: 5, 429: 35}


def test_a_refusal_says_what_would_help_and_when_to_try_again(site: Site) -> None:
    key = site.key(quota=Quota(active_jobs=1))
    submit(site, key)
    refused = submit(site, key)
    assert int(refused.headers["retry-after"]) > 0
    detail = assert_problem(refused, 429)["detail"]
    for words in ("your key", "1 jobs at a time", "wait until one ends, or cancel one", "an admin can set another"):
        assert words in detail


def test_a_form_that_a_quota_refuses_comes_back_as_it_was_filled_in(site: Site) -> None:
    key = site.key(quota=Quota(active_jobs=1))
    submit(site, key)
    sent = {**TRAIN, "name": "roses by night", "_deadline": "2030-01-31T18:00+01:00"}
    refused = site.http.post("/new/train", data=sent, headers={**bearer(key), **PAGE})
    assert refused.status_code == 429
    assert int(refused.headers["retry-after"]) > 0
    for words in ("roses by night", "2030-01-31T18:00+01:00", "Nothing was submitted", "wait until one ends"):
        assert words in refused.text


def test_a_form_beyond_the_requests_of_a_minute_comes_back_as_it_was_filled_in(site: Site) -> None:
    key = bearer(site.key(quota=Quota(requests_per_minute=1)))
    sent = {**TRAIN, "name": "roses by night", "epochs": "many", "_deadline": "2030-01-31T18:00+01:00"}
    answers = [site.http.post("/new/train", data=sent, headers={**key, **PAGE}) for _ in range(3)]
    refused = next(each for each in answers if each.status_code == 429)
    assert 0 < int(refused.headers["retry-after"]) <= 60
    for words in ("roses by night", "2030-01-31T18:00+01:00", "Nothing was submitted", "1 requests a minute"):
        assert words in refused.text


@pytest.mark.parametrize(
    ("path", "sent"),
    [("/new/nothing", {"data": TRAIN}), ("/new/train", {"json": {}})],
)
def test_what_is_no_form_of_a_job_is_refused_with_a_page_that_says_why(
    site: Site, path: str, sent: dict[str, Any]
) -> None:
    key = bearer(site.key(quota=Quota(requests_per_minute=1)))
    answers = [site.http.post(path, headers={**key, **PAGE}, **sent) for _ in range(3)]
    refused = next(each for each in answers if each.status_code == 429)
    assert "1 requests a minute" in refused.text
    assert "<form" not in refused.text


def test_a_page_that_is_refused_says_when_to_try_again(site: Site) -> None:
    key = bearer(site.key(quota=Quota(requests_per_minute=1)))
    answers = [site.http.get("/", headers={**key, **PAGE}) for _ in range(3)]
    refused = next(each for each in answers if each.status_code == 429)
    assert 0 < int(refused.headers["retry-after"]) <= 60


def test_a_job_that_is_over_makes_room(site: Site) -> None:
    key = site.key(quota=Quota(active_jobs=1))
    job_id = submit(site, key).json()["id"]
    assert submit(site, key).status_code == 429
    site.api.end(job_id)
    assert submit(site, key).status_code == 202
    assert submit(site, key).status_code == 429


def test_a_job_that_is_over_makes_room_in_the_quotas_of_key_and_project_at_once(site: Site) -> None:
    set_quota(site, active_jobs=1)
    key = site.key(quota=Quota(active_jobs=1))
    site.api.end(submit(site, key).json()["id"])
    assert submit(site, key).status_code == 202


def test_the_same_submission_again_is_answered_with_its_job(site: Site) -> None:
    key = site.key(quota=Quota(active_jobs=1))
    first, again = (submit(site, key, **{"Idempotency-Key": "mine"}) for _ in range(2))
    assert (first.status_code, again.status_code) == (202, 202)
    assert first.json()["id"] == again.json()["id"]


def test_a_submission_that_is_refused_takes_no_room(site: Site) -> None:
    key = site.key(quota=Quota(active_jobs=1))
    invalid = {**TRAIN, "dataset": "store:datasets/@rose/nothing"}
    assert site.http.post("/v1/jobs", json=invalid, headers=bearer(key)).status_code == 422
    assert submit(site, key).status_code == 202


def test_images_of_a_day_are_those_that_jobs_ask_for(site: Site, job_id: str) -> None:
    key = bearer(site.key(quota=Quota(images_per_day=20)))
    spec = {**EVALUATE, "model": job_id}
    statuses = [site.http.post("/v1/jobs", json=spec, headers=key).status_code for _ in range(3)]
    assert statuses == [202, 202, 429]
    assert site.http.post("/v1/jobs", json={**spec, "split": "test[0:4]"}, headers=key).status_code == 202
    refused = site.http.post("/v1/jobs", json=spec, headers=key)
    assert 0 < int(refused.headers["retry-after"]) <= 86400
    assert "20 images a day" in refused.json()["detail"]


def test_a_key_may_make_so_many_requests_a_minute(site: Site) -> None:
    key = bearer(site.key(quota=Quota(requests_per_minute=5)))
    statuses = Counter(site.http.get("/v1/jobs", headers=key).status_code for _ in range(11))
    assert statuses[429] >= 1  # eleven requests fall into two minutes at most
    assert 5 <= statuses[200] <= 10
    refused = next(
        answer for answer in (site.http.get("/v1/jobs", headers=key) for _ in range(12)) if answer.status_code == 429
    )
    assert 0 < int(refused.headers["retry-after"]) <= 60


def test_a_quota_is_shown_as_it_was_set(site: Site) -> None:
    set_quota(site, images_per_day=9)
    shown = site.http.get(f"/v1/projects/{OWN}/quota", headers=bearer(site.key(Role.VIEWER))).json()
    assert shown == {"active_jobs": None, "images_per_day": 9, "requests_per_minute": None, "bytes": None}


@pytest.mark.parametrize("stored", [b"torn", b'{"schema_version": 99, "project": "rose", "hours": 7}'])
def test_a_quota_that_cannot_be_read_shuts_nobody_out_and_is_set_anew(site: Site, stored: bytes) -> None:
    key = site.key()
    site.store.put(identity_keys.project_quota(OWN), stored)
    site.submit(key)
    set_quota(site, active_jobs=0)
    assert submit(site, key).status_code == 429


def test_a_quota_that_is_damaged_counts_as_it_was_known_last(site: Site) -> None:
    set_quota(site, active_jobs=1)
    site.submit(site.key())
    site.store.put(identity_keys.project_quota(OWN), b"torn")
    assert submit(site, site.key()).status_code == 429


def test_a_job_counts_that_is_stored_only_when_its_key_comes_again(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    key = site.key(quota=Quota(active_jobs=1))

    def away(*_: object, **__: object) -> None:
        raise StoreUnavailable("the store is away")

    with monkeypatch.context() as outage:
        outage.setattr("dispatch.submission._store", away)
        assert submit(site, key, **{"Idempotency-Key": "mine"}).status_code == 503
    assert submit(site, key, **{"Idempotency-Key": "mine"}).status_code == 202
    assert submit(site, key).status_code == 429
