"""Counts for Prometheus what becomes of steps and jobs. A count that Redis does not take is left out: work goes on."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

from dispatch.metrics.live_metrics import LiveMetrics
from dispatch.metrics.table import (
    ADDED,
    EVALUATIONS,
    FIRST_SHARD_SECONDS,
    IMAGES,
    JOBS_ENDED,
    QUEUE_WAIT_SECONDS,
    SHARD,
    STAGE,
    STEP_DEATHS,
    STEP_RETRIES,
    STEP_SECONDS,
    WHOLE,
)
from dispatch.names import queue_of
from jobs.errors import BoardUnavailable
from jobs.job import Job
from jobs.plan import FINALIZE, PLAN, Plan
from jobs.results.image_counts import IG
from jobs.results.report import Report
from jobs.state import JobState
from workers.step.services import Services

FIRST_SHARD = "first_shard"


@contextmanager
def _numbers(services: Services) -> Iterator[LiveMetrics]:
    try:
        yield services.board.metrics
    except BoardUnavailable:
        return


def job_ended(kind: str, state: JobState, services: Services) -> None:
    """Count a job whose end was written."""
    with _numbers(services) as numbers:
        numbers.add(JOBS_ENDED, kind, state.value)


def step_committed(job: Job, plan: Plan, report: Report, services: Services) -> None:
    """The report of a step was written: its images count now, and the job's first ones can be looked at."""
    with _numbers(services) as numbers:
        for outcome, count in report.counts.outcomes.items():
            numbers.add(IMAGES, plan.kind, outcome.value, by=count)
        for method, count in report.counts.evaluations.items():
            numbers.add(EVALUATIONS, method if method == IG else ADDED, by=count)
        is_shard = any(shard.step == report.step for shard in plan.shards)
        if is_shard and numbers.first_time(FIRST_SHARD, job.id):
            waited = datetime.now(UTC) - job.created_at
            numbers.observe(FIRST_SHARD_SECONDS, waited.total_seconds(), plan.kind)


def step_took(seconds: float, step: str, *, kind: str, services: Services) -> None:
    """Count how long an attempt took that did its work."""
    with _numbers(services) as numbers:
        numbers.observe(STEP_SECONDS, seconds, kind, kind_of_step(step, kind))


def kind_of_step(step: str, kind: str) -> str:
    """What sort of step this is: few of them, so that their numbers stay few."""
    if step in {PLAN, FINALIZE}:
        return step
    if step == kind:
        return WHOLE
    return SHARD if step.startswith("shard-") else STAGE


def step_died(job: Job, step: str, deaths: int, services: Services) -> None:
    """A step begins that has ended so many workers before, of which some were counted."""
    with _numbers(services) as numbers:
        uncounted = services.board.counters.uncounted_deaths(job.id, step, deaths)
        if uncounted:
            numbers.add(STEP_DEATHS, job.spec.kind, by=uncounted)


def step_retried(reason: str, services: Services) -> None:
    """Count a step that went back into the queue."""
    with _numbers(services) as numbers:
        numbers.add(STEP_RETRIES, reason)


def message_waited(seconds: float | None, job_id: str, step: str, services: Services) -> None:
    """A message was taken; of some nobody knows when it was sent."""
    if seconds is not None:
        with _numbers(services) as numbers:
            numbers.observe(QUEUE_WAIT_SECONDS, seconds, queue_of(step, services.board.turns.lane(job_id)))
