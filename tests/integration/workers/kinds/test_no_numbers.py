"""What is not a number: an image of which the model says none, and a report that cannot hold it."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from jobs import keys
from jobs.job import JobEnd
from jobs.results.record import NO_NUMBERS, ClassScore, ImageRecord
from jobs.state import JobState
from ml.attribution.forward_pass import ForwardPass, ForwardResult
from ml.data.datasets import Example, read
from tests.integration.workers.conftest import submit_explanation
from tests.services.gathered import stored_report
from workers.inputs import dataset_source
from workers.kinds.explain import shard_flow
from workers.kinds.explain.image_record import image_record
from workers.lifecycle.run_step import run_step
from workers.step.services import Services

FIRST, SECOND = "shard-00000", "shard-00001"


def end_of(services: Services, job_id: str) -> JobEnd:
    return JobEnd.decode(services.store.get(keys.end(job_id)))


@pytest.fixture
def no_numbers_for_white(monkeypatch: pytest.MonkeyPatch) -> None:
    """A network that overflows on a white picture, and a third picture that is white."""
    honest = ForwardPass.__call__

    def overflowing(self: ForwardPass, images: Any, *asked: Any) -> ForwardResult:
        passed = honest(self, images, *asked)
        white = (images == 255).all(axis=(1, 2, 3))
        return dataclasses.replace(passed, logits=np.where(white[:, None], np.float32("nan"), passed.logits))

    def reader(*args: Any, **options: Any) -> Iterator[Example]:
        for example in read(*args, **options):
            white = np.full((40, 40, 3), 255, np.uint8)
            yield dataclasses.replace(example, image=white) if example.index == 2 else example

    monkeypatch.setattr(ForwardPass, "__call__", overflowing)
    monkeypatch.setattr(dataset_source, "read", reader)


@pytest.mark.usefixtures("no_numbers_for_white")
def test_an_image_for_which_the_model_says_no_number_is_an_error_record_and_the_job_goes_on(services: Services) -> None:
    job_id = submit_explanation(services, methods=["gradcam", "integrated_gradients"], max_failure_rate=0.2)
    for step in ("plan", FIRST, SECOND, "finalize"):
        run_step(job_id, step, services)
    assert end_of(services, job_id).state is JobState.COMPLETED_WITH_ERRORS
    records = stored_report(services.store, job_id, FIRST).records
    assert [record.error for record in records] == [None, None, NO_NUMBERS, None]


def test_a_report_that_could_not_be_read_again_is_never_committed(
    services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    honest = image_record

    def unreadable(*args: Any, **facts: Any) -> ImageRecord:
        score = ClassScore(label=0, probability=float("nan"))
        return honest(*args, **facts).model_copy(update={"top": (score,)})

    monkeypatch.setattr(shard_flow, "image_record", unreadable)
    job_id = submit_explanation(services)
    run_step(job_id, "plan", services)
    run_step(job_id, FIRST, services)
    assert services.store.head(keys.report(job_id, FIRST)) is None
    end = end_of(services, job_id)
    assert end.state is JobState.FAILED
    assert end.error is not None
    assert "top.0.probability" in end.error.message
