"""Which rows of a job's summary its page shows."""

from __future__ import annotations

import pytest

from jobs import keys
from jobs.job import JobEnd
from jobs.state import JobState
from tests.integration.api.conftest import EXPLAIN, Api
from tests.services.stored_results import store_ended

FAITHFULNESS = {
    "protocol": "p",
    "meaning": "m",
    "judges": "j",
    "interval": "i",
    "few_images": 5,
    "methods": {"gradcam": {"all": {}, "classes": [{"class": 7, "images": 3}], "classes_left_out": 0}},
}


@pytest.mark.parametrize(("spelling", "shown"), [(None, False), ("the model says 'rose', the data set 'Rose'", True)])
def test_spellings_stand_there_only_where_they_differ(api: Api, spelling: str | None, shown: bool) -> None:
    store_ended(api.store, "evaluated", {"kind": "evaluate"}, JobState.SUCCEEDED)
    end = JobEnd.decode(api.store.get(keys.end("evaluated")))
    ended = end.model_copy(update={"summary": {"spelling": spelling, "accuracy_gap": None}})
    api.store.put(keys.end("evaluated"), ended.encode())
    page = api.http.get("/jobs/evaluated").text
    assert ("<dt>Spelling</dt>" in page) is shown
    assert "<dt>Accuracy gap</dt><dd>–</dd>" in page


@pytest.mark.parametrize(
    ("target", "row"),
    [
        ("predicted", '<a href="/jobs/explained/images?prediction=7">7</a>'),
        ("true", '<a href="/jobs/explained/images?label=7">7</a>'),
        (7, "7"),
    ],
)
def test_a_class_of_deletion_and_insertion_leads_to_the_images_that_were_counted(
    api: Api, target: str | int, row: str
) -> None:
    store_ended(api.store, "explained", {**EXPLAIN, "target": target}, JobState.SUCCEEDED)
    end = JobEnd.decode(api.store.get(keys.end("explained")))
    ended = end.model_copy(update={"summary": {"metrics": {"gradcam": {}}, "faithfulness": FAITHFULNESS}})
    api.store.put(keys.end("explained"), ended.encode())
    page = api.http.get("/jobs/explained").text
    assert f"<tr><td>{row}</td><td>3 <span" in page
