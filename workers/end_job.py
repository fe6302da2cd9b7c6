"""The end of a job: an index of what it left, then its terminal state, each written once."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

import structlog

from jobs import keys
from jobs.artifact import Artifact
from jobs.errors import BoardUnavailable, ObjectExists, ObjectNotFound, Retryable
from jobs.job import Job, JobEnd, Problem, Snapshot
from jobs.manifest import ReportEntry, entry, merge
from jobs.plan import SWEEP, Plan
from jobs.progress import Progress
from jobs.report import Report
from jobs.state import USABLE, JobState
from jobs.summary import summarize
from workers.kind import Finishing
from workers.kinds import KINDS
from workers.services import Services

_log = structlog.get_logger(__name__)
JSON = "application/json"


def end_job(
    job: Job,
    state: JobState,
    services: Services,
    *,
    problem: Problem | None = None,
    files: tuple[Artifact, ...] = (),
) -> JobEnd:
    """Write manifest, errors and end; stop whoever still works on the job; the first end counts."""
    if state not in USABLE:
        KINDS[job.spec.kind].abandon(job, services)
    plan = read_plan(job.id, services)
    reports = read_reports(job.id, plan, services) if plan else {}
    if plan is not None:
        _write_index(plan, reports, services, files)
    end = _end(job, state, services, plan=plan, reports=reports, problem=problem)
    try:
        services.store.put(keys.end(job.id), end.encode(), if_absent=True, content_type=JSON)
    except ObjectExists:
        end = JobEnd.decode(services.store.get(keys.end(job.id)))
    close(end, services)
    if job.parent is not None:
        with suppress(BoardUnavailable):  # the sweep looks again by itself, only later
            services.bell.ring(job.parent, SWEEP)
    return end


def files_left(job: Job, services: Services) -> tuple[Artifact, ...]:
    """What is worth making or keeping of a job that will not be finished; it ends even where that goes wrong."""
    plan = read_plan(job.id, services)
    if plan is None:
        return ()
    reports = tuple(report for _, report in read_reports(job.id, plan, services).values())
    try:
        return KINDS[plan.kind].left(Finishing(job, plan, reports, services))
    except Retryable:
        raise
    except Exception:  # noqa: BLE001  (whatever it is, the job is over)
        _log.exception("nothing_left", job_id=job.id)
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


def read_plan(job_id: str, services: Services) -> Plan | None:
    """The job's plan, or None where it was never planned."""
    try:
        return Plan.decode(services.store.get(keys.plan(job_id)))
    except ObjectNotFound:
        return None


def read_reports(job_id: str, plan: Plan, services: Services) -> dict[str, tuple[ReportEntry, Report]]:
    """Every commit marker of the plan's steps, with the digest of its bytes."""
    found = {}
    for info in services.store.list(keys.reports(job_id)):
        data = services.store.get(info.key)
        report = Report.decode(data)
        found[report.step] = (entry(report, key=info.key, data=data), report)
    return {step: found[step] for step in plan.steps if step in found}


def _write_index(
    plan: Plan, reports: dict[str, tuple[ReportEntry, Report]], services: Services, files: tuple[Artifact, ...]
) -> None:
    manifest = merge(plan, reports, created_at=datetime.now(UTC), files=files)
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
    reports: dict[str, tuple[ReportEntry, Report]],
    problem: Problem | None,
) -> JobEnd:
    found = tuple(report for _, report in reports.values())
    summary: dict[str, Any] | None = summarize(found, kind=job.spec.kind) if found else None
    live: Snapshot | None = None
    with suppress(BoardUnavailable):
        live = services.board.snapshot(job.id)
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
