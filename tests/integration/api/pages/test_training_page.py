"""The page of a training job that has made a model."""

from __future__ import annotations

import re
from typing import Any

import pytest

from jobs import keys
from jobs.job import JobEnd
from jobs.live.progress import Progress
from jobs.models.model import EpochMetrics, PublishedModel
from jobs.results.report import Report
from jobs.results.summary import summarize_training
from jobs.state import JobState
from tests.integration.api.conftest import ROSE, START, Api

COUNTS: dict[str, Any] = {
    "train_images": 4321,
    "validation_images": 765,
    "test_images": 987,
    "test_accuracy": 0.912345,
    "test_loss": 0.345678,
}
EPOCHS = tuple(
    EpochMetrics(epoch=n, loss=1 / n, accuracy=0.5, validation_loss=1, validation_accuracy=0.4, seconds=1)
    for n in (1, 2)
)


@pytest.fixture
def job_id(api: Api) -> str:
    """A training that ended with a model."""
    made = api.submit(name="petals")
    model = PublishedModel(**{**ROSE, **COUNTS, "id": made, "job_id": made, "history": EPOCHS}, class_names=("a", "b"))
    report = Report(
        job_id=made, step="train", attempt="a", worker="w", started_at=START, finished_at=START, model=model
    )
    end = JobEnd(
        job_id=made,
        state=JobState.SUCCEEDED,
        started_at=START,
        finished_at=START,
        progress=Progress(done=2, total=2, unit="epochs"),
        summary=summarize_training((report,)),
    )
    api.store.put(keys.model(made), model.encode())
    api.store.put(keys.report(made, "train"), report.encode())
    api.store.put(keys.end(made), end.encode())
    return made


def told(api: Api, path: str) -> dict[str, list[str]]:
    """What the page says of each term, as text."""
    html = api.http.get(path).text
    found: dict[str, list[str]] = {}
    for name, value in re.findall(r"<dt>(.*?)</dt>\s*<dd>(.*?)</dd>", html, flags=re.DOTALL):
        found.setdefault(name.lower(), []).append(re.sub(r"<[^>]+>|\s+", " ", value).strip())
    return found


@pytest.mark.parametrize("path", ["/jobs/{}", "/models/{}"])
def test_every_number_of_the_model_stands_on_the_page_once(api: Api, job_id: str, path: str) -> None:
    values = [value for values in told(api, path.format(job_id)).values() for value in values]
    for number in ("4321", "765", "987", "91.2", "0.346"):
        assert sum(number in value for value in values) == 1, number
    assert not [value for value in values if value.startswith("0.912")]
    assert sum("SmallCNN" in value for value in values) == 1


def test_what_only_the_summary_knows_is_told(api: Api, job_id: str) -> None:
    page = told(api, f"/jobs/{job_id}")
    assert (page["epochs"], page["skipped"]) == (["2"], ["0"])


def test_the_page_of_a_training_without_a_model_yet_shows_no_numbers_of_one(api: Api) -> None:
    assert "test accuracy" not in told(api, f"/jobs/{api.submit()}")
