"""A job made of the images that failed in another one."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from typing import Any

import pytest

from dispatch.submission import submit
from jobs import keys
from jobs.job import Job, JobEnd, Origin
from jobs.plan import Plan
from jobs.state import JobState
from ml.data.datasets import Example, read
from tests.integration.workers.conftest import submit_explanation
from tests.services.gathered import outcomes
from workers.inputs import dataset_source
from workers.lifecycle.run_step import run_step
from workers.step.services import Services


def run_all(services: Services, job_id: str) -> JobEnd:
    run_step(job_id, "plan", services)
    if services.store.head(keys.end(job_id)) is None:
        for step in Plan.decode(services.store.get(keys.plan(job_id))).steps:
            run_step(job_id, step, services)
        run_step(job_id, "finalize", services)
    return JobEnd.decode(services.store.get(keys.end(job_id)))


def retry(services: Services, job_id: str) -> str:
    spec = Job.decode(services.store.get(keys.spec(job_id))).spec
    origin = Origin(retry_of=job_id)
    return submit(spec, store=services.store, board=services.board, queue=services.queue, origin=origin).job.id


def images(services: Services, job_id: str) -> dict[str, str]:
    return outcomes(services.store, job_id)


def test_only_the_failed_images_are_explained_and_the_old_job_stays_as_it_was(
    services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unreadable(*args: Any, **options: Any) -> Iterator[Example]:
        for example in read(*args, **options):
            bad = example.index in {7, 8, 11}
            yield dataclasses.replace(example, image=None, error="cannot be read") if bad else example

    with monkeypatch.context() as patch:
        patch.setattr(dataset_source, "read", unreadable)
        old = submit_explanation(services, split="test[4:12]", max_failure_rate=1)
        assert run_all(services, old).progress.failed == 3
    before = images(services, old)
    new = retry(services, old)
    assert run_all(services, new).state is JobState.SUCCEEDED
    assert sorted(images(services, new)) == sorted(name for name, outcome in before.items() if outcome == "error")
    assert images(services, old) == before


def test_when_nothing_failed_there_is_nothing_to_plan(services: Services) -> None:
    old = submit_explanation(services)
    run_all(services, old)
    end = run_all(services, retry(services, old))
    assert end.state is JobState.FAILED
    assert end.error is not None
    assert "nothing to retry" in end.error.message
