"""Images that cannot be decoded are errors of their own, up to a share of all."""

from __future__ import annotations

import pytest

from jobs import keys
from jobs.results.record import Outcome
from jobs.state import JobState
from tests.integration.workers.conftest import submit_explanation
from tests.integration.workers.lifecycle.conftest import FIRST, broken_reader, report_of, run_all
from workers.inputs import dataset_source
from workers.step.services import Services


def test_a_corrupt_image_is_an_error_record_and_the_job_goes_on(
    services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dataset_source, "read", broken_reader({2}))
    job_id = submit_explanation(services, max_failure_rate=0.2)
    assert run_all(services, job_id).state is JobState.COMPLETED_WITH_ERRORS
    record = report_of(services, job_id, FIRST).records[2]
    assert (record.outcome, record.error) == (Outcome.ERROR, "cannot be decoded")
    assert record.image_id in services.store.get(keys.errors(job_id)).decode()


def test_too_many_corrupt_images_fail_the_job_with_a_reason(
    services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dataset_source, "read", broken_reader({2, 5}))
    job_id = submit_explanation(services, max_failure_rate=0.2)
    end = run_all(services, job_id)
    assert end.state is JobState.FAILED
    assert end.error is not None
    assert "2 of 8 images failed, more than max_failure_rate 0.2" in end.error.message
