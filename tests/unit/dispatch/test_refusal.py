"""An object that the store refuses is passed over and logged; a store that does not answer is not."""

from __future__ import annotations

from functools import partial

import pytest
from structlog.testing import capture_logs

from dispatch.refusal import passed_over, unless_refused
from jobs.errors import StoreUnavailable
from tests.services.refusing_store import RefusingStore


@pytest.fixture
def store() -> RefusingStore:
    store = RefusingStore("refusal")
    store.put("good", b"good")
    store.refused = "bad"
    return store


def test_what_is_refused_counts_as_something_else(store: RefusingStore) -> None:
    found = [unless_refused(partial(store.get, key), store, otherwise=None) for key in ("good", "bad")]
    assert found == [b"good", None]


def test_the_log_says_what_was_refused(store: RefusingStore) -> None:
    with capture_logs() as logs, passed_over(store, job_id="job"):
        store.get("bad")
    assert [(each["event"], each["log_level"], each["job_id"]) for each in logs] == [
        ("object_refused", "warning", "job")
    ]
    assert "refuses bad" in logs[0]["error"]


def test_whoever_leads_renews_that_after_a_refusal_alone(store: RefusingStore) -> None:
    renewed = list[str]()
    for key in ("good", "bad"):
        with passed_over(store, renew=partial(renewed.append, key)):
            store.get(key)
    assert renewed == ["bad"]


def test_a_store_that_does_not_answer_is_no_refusal(store: RefusingStore) -> None:
    store.away = True
    with pytest.raises(StoreUnavailable), passed_over(store):
        store.get("good")
