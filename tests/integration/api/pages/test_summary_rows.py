"""Which rows of a job's summary its page shows."""

from __future__ import annotations

import pytest

from jobs import keys
from jobs.job import JobEnd
from jobs.state import JobState
from tests.integration.api.conftest import Api
from tests.services.stored_results import store_ended


@pytest.mark.parametrize(("spelling", "shown"), [(None, False), ("the model says 'rose', the data set 'Rose'", True)])
def test_spellings_stand_there_only_where_they_differ(api: Api, spelling: str | None, shown: bool) -> None:
    store_ended(api.store, "evaluated", {"kind": "evaluate"}, JobState.SUCCEEDED)
    end = JobEnd.decode(api.store.get(keys.end("evaluated")))
    ended = end.model_copy(update={"summary": {"spelling": spelling, "accuracy_gap": None}})
    api.store.put(keys.end("evaluated"), ended.encode())
    page = api.http.get("/jobs/evaluated").text
    assert ("<dt>Spelling</dt>" in page) is shown
    assert "<dt>Accuracy gap</dt><dd>–</dd>" in page
