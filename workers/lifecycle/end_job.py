"""Ends a job: writes the index of its files, then its terminal state, each once."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from typing import Any

import structlog

from jobs import keys
from jobs.errors import BoardUnavailable, ObjectExists, Retryable
from jobs.job import Job, JobEnd, Problem, Snapshot
from jobs.models.artifact import Artifact
from jobs.plan import SWEEP, Plan
from jobs.progress import Progress
from jobs.results.manifest import merge
from jobs.results.report import Report
from jobs.state import USABLE, JobState
from workers.kinds.table import KINDS
from workers.lifecycle.reports import Reports, read_plan, read_reports, readable_plan, readable_reports
from workers.step.job_kind import FinishContext
from workers.step.services import Services

_log = structlog.get_logger(__name__)
JSON = "application/json"
_SHOWN = 3


def end_job(
    job: Job,
    state: JobState,
    services: Services,
    *,
    problem: Problem | None = None,
    files: tuple[Artifact, ...] | None = None,
) -> JobEnd:
    """Write manifest, errors and end; stop whoever still works on the job; the first end counts.

    A job that failed or was cancelled ends whatever is found damaged: that is left out, and its end says so.

    Args:
        job: which job.
        state: how it ended.
        services: of this worker.
        problem: why it failed.
        files: of the job as a whole; None: whatever is worth keeping of one that will not be finished.

    Raises:
        Corrupt: a job that succeeded has a report that is damaged, or an image that stands in two places.
    """
    strict = state in USABLE
    if files is None:
        files = _salvaged(job, services)
    if not strict:
        with _logged_only(job, "not_abandoned"):
            KINDS[job.spec.kind].cancel_children(job, services)
    plan, reports, unreadable = _committed(job, services, strict=strict)
    if plan is not None:
        with _logged_only(job, "not_indexed", strict=strict):
            _write_index(plan, reports, services, files=files, strict=strict)
    end = _end(job, state, services, plan=plan, reports=reports, problem=_with(unreadable, problem))
    try:
        services.store.put(keys.end(job.id), end.encode(), if_absent=True, content_type=JSON)
    except ObjectExists:
        end = JobEnd.decode(services.store.get(keys.end(job.id)))
    close(end, services)
    if job.parent is not None:
        with suppress(BoardUnavailable):  # the sweep looks again by itself, only later
            services.queue.enqueue(job.parent, SWEEP)
    return end


def _salvaged(job: Job, services: Services) -> tuple[Artifact, ...]:
    """What is worth making or keeping of a job that will not be finished; it ends even where that goes wrong."""
    plan, reports, _ = _committed(job, services, strict=False)
    if plan is not None:
        with _logged_only(job, "nothing_left"):
            found = tuple(report for _, report in reports.values())
            return KINDS[plan.kind].salvage(FinishContext(job, plan, found, services))
    return ()


def close(end: JobEnd, services: Services) -> None:
    """Take a job that has ended off the active list and off the board."""
    services.store.delete(keys.active(end.job_id))
    with suppress(BoardUnavailable):
        services.board.stop(end.job_id)
        services.windows.forget(end.job_id)
        services.board.forget(end.job_id)
    runtime_s = (end.finished_at - end.started_at).total_seconds() if end.started_at else 0.0
    message = end.error.message if end.error else end.progress.message
    services.events.ended(end.job_id, end.state, runtime_s=runtime_s, message=message)
    _log.info("job_ended", job_id=end.job_id, state=end.state.value, error=end.error and end.error.message)


@contextmanager
def _logged_only(job: Job, event: str, *, strict: bool = False) -> Iterator[None]:
    """Log what goes wrong within and go on, since the job must end; an outage is raised, since it passes."""
    try:
        yield
    except Retryable:
        raise
    except Exception:
        if strict:
            raise
        _log.exception(event, job_id=job.id)


def _committed(job: Job, services: Services, *, strict: bool) -> tuple[Plan | None, Reports, dict[str, str]]:
    """Plan, reports, and the reports that cannot be read: of a job that succeeded, there must be none."""
    plan = read_plan(job.id, services) if strict else readable_plan(job.id, services)
    if plan is None:
        return None, {}, {}
    if strict:
        return plan, read_reports(plan, services), {}
    return plan, *readable_reports(plan, services)


def _with(unreadable: Mapping[str, str], problem: Problem | None) -> Problem | None:
    """The problem, and what had to be left out of manifest and summary."""
    if not unreadable:
        return problem
    shown = ", ".join(list(unreadable)[:_SHOWN]) + (", …" if len(unreadable) > _SHOWN else "")
    message = f"{len(unreadable)} of the job's reports cannot be read and are left out: {shown}"
    return (
        Problem(message=f"{problem.message}; {message}", field=problem.field) if problem else Problem(message=message)
    )


def _write_index(
    plan: Plan, reports: Reports, services: Services, *, files: tuple[Artifact, ...], strict: bool
) -> None:
    manifest = merge(plan, reports, created_at=datetime.now(UTC), files=files, strict=strict)
    records = (record for _, report in reports.values() for record in report.records)
    lines = [record.model_dump_json() for record in records if record.error is not None]
    services.store.put(keys.errors(plan.job_id), "".join(line + "\n" for line in lines).encode())
    services.store.put(keys.manifest(plan.job_id), manifest.encode(), content_type=JSON)


def _end(
    job: Job,
    state: JobState,
    services: Services,
    *,
    plan: Plan | None,
    reports: Reports,
    problem: Problem | None,
) -> JobEnd:
    found = tuple(report for _, report in reports.values())
    summary: dict[str, Any] | None = None
    if found:
        with _logged_only(job, "not_summarized", strict=state in USABLE):
            summary = KINDS[job.spec.kind].summarize(found)
    live: Snapshot | None = None
    with suppress(BoardUnavailable):
        live = services.board.progress.snapshot(job.id)
    progress = final_progress(plan, found, live)
    started = live.started_at if live else None
    return JobEnd(
        job_id=job.id,
        state=state,
        started_at=started or (plan.created_at if plan else None),
        finished_at=datetime.now(UTC),
        progress=progress.model_copy(update={"message": problem.message if problem else state.value}),
        error=problem,
        summary=summary,
    )


def final_progress(plan: Plan | None, reports: tuple[Report, ...], live: Snapshot | None) -> Progress:
    """What was done in the end, counted from the reports; an unfinished single step keeps what it showed."""
    if plan is None:
        return Progress()
    if not plan.shards:
        done = float(plan.total) if reports else (live.progress.done if live else 0.0)
        return Progress(done=done, total=plan.total, unit=plan.unit, failed=live.progress.failed if live else 0)
    done = sum(len(report.records) for report in reports)
    failed = sum(report.failed for report in reports)
    return Progress(done=done, total=plan.total, failed=failed, unit=plan.unit)
