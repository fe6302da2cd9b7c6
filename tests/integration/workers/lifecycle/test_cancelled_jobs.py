"""A cancelled job ends, and keeps what was done."""

from __future__ import annotations

import pytest

from dispatch.submission import request_cancel
from jobs import keys
from jobs.results.manifest import Manifest
from jobs.state import JobState
from tests.integration.workers.conftest import submit_explanation
from tests.integration.workers.lifecycle.conftest import FILES, FIRST, SECOND, end_of
from tests.services.gathered import outcomes
from workers.lifecycle.run_step import run_step
from workers.step.services import Services


def test_a_cancelled_job_keeps_what_was_done(services: Services) -> None:
    job_id = submit_explanation(services)
    run_step(job_id, "plan", services)
    run_step(job_id, FIRST, services)
    request_cancel(job_id, store=services.store, board=services.board, queue=services.queue)
    assert "is to stop" in run_step(job_id, SECOND, services)
    run_step(job_id, "finalize", services)
    assert end_of(services, job_id).state is JobState.CANCELLED
    manifest = Manifest.decode(services.store.get(keys.manifest(job_id)))
    assert (manifest.complete, len(outcomes(services.store, job_id))) == (False, 4)
    assert {artifact.name for artifact in manifest.files} == FILES


def test_a_cancelled_job_ends_even_if_nothing_can_be_made_of_it(
    services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> bytes:
        raise ValueError("no page")

    monkeypatch.setattr("workers.kinds.explain.finish.report_page", broken)
    job_id = submit_explanation(services)
    run_step(job_id, "plan", services)
    run_step(job_id, FIRST, services)
    request_cancel(job_id, store=services.store, board=services.board, queue=services.queue)
    run_step(job_id, "finalize", services)
    assert end_of(services, job_id).state is JobState.CANCELLED


def test_a_job_cancelled_before_it_was_planned_ends_too(services: Services) -> None:
    job_id = submit_explanation(services)
    request_cancel(job_id, store=services.store, board=services.board, queue=services.queue)
    run_step(job_id, "finalize", services)
    assert end_of(services, job_id).state is JobState.CANCELLED
