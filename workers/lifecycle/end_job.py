"""Ends a job: writes the index of its files, then its terminal state, each once."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import structlog

from dispatch.job_index.entries import entries, note_ended
from dispatch.submission import request_cancel, stop_reason
from jobs import keys
from jobs.errors import BoardUnavailable, Corrupt, NewerVersion, ObjectExists, Retryable
from jobs.job import Job, JobEnd, Problem, Snapshot
from jobs.live.progress import Progress
from jobs.models.artifact import Artifact
from jobs.plan import Plan
from jobs.results.image_counts import add_counts
from jobs.results.manifest import Manifest, ReportEntry
from jobs.results.report import Report
from jobs.state import JobState
from workers.kinds.table import KINDS
from workers.lifecycle.keep_log import keep_log
from workers.lifecycle.reports import readable_plan, readable_reports
from workers.notice.job_notices import tell_ended
from workers.step import tally
from workers.step.job_kind import FinishContext
from workers.step.services import Services

_log = structlog.get_logger(__name__)
JSON = "application/json"
_SHOWN = 3
Entries = tuple[ReportEntry, ...]


def end_finished(
    context: FinishContext, entries: Entries, state: JobState, *, files: tuple[Artifact, ...], problem: Problem | None
) -> JobEnd:
    """Write index and end of a job whose steps are all done.

    Args:
        context: the job, its reports and its images.
        entries: of the manifest, one for each report.
        state: how it ended.
        files: of the job as a whole.
        problem: why it failed, if it did.
    """
    _write_index(context, entries, files)
    summary = KINDS[context.plan.kind].summarize(context)
    return _end(context.job, state, context.services, context=context, problem=problem, summary=summary)


def end_unfinished(job: Job, state: JobState, services: Services, *, problem: Problem | None = None) -> JobEnd:
    """End a job that failed or was cancelled, whatever is found damaged: that is left out, and its end says so.

    The jobs that it started are cancelled, and what is worth keeping is kept.
    """
    _cancel_children(job, services)
    plan = readable_plan(job.id, services)
    if plan is None:
        return _end(job, state, services, context=None, problem=problem, summary=None)
    from workers.tables.gathered_images import readable_images  # noqa: PLC0415  (pyarrow)

    reports, unreadable = readable_reports(plan, services)
    found = {step: report for step, (_, report) in reports.items()}
    with readable_images(job, plan, found, services.store, unreadable) as images:
        context = FinishContext(job, plan, tuple(found.values()), services, images)
        files: tuple[Artifact, ...] = ()
        with _logged_only(job, "nothing_salvaged"):
            files = KINDS[plan.kind].salvage(context)
        with _logged_only(job, "not_indexed"):
            _write_index(context, tuple(entry for entry, _ in reports.values()), files)
        summary: dict[str, Any] | None = None
        with _logged_only(job, "not_summarized"):
            summary = KINDS[plan.kind].summarize(context) if found else None
        return _end(job, state, services, context=context, problem=_with(unreadable, problem), summary=summary)


def end_bare(job: Job, problem: Problem, services: Services) -> None:
    """End a job without looking at anything that it has made, since that ends workers."""
    _cancel_children(job, services)
    cancelled = services.store.head(keys.cancel(job.id)) is not None and stop_reason(job.id, services.store) is None
    state = JobState.CANCELLED if cancelled else JobState.FAILED
    write_end(bare_end(job.id, state, problem), services, kind=job.spec.kind)


def bare_end(job_id: str, state: JobState, problem: Problem) -> JobEnd:
    """The end of a job of which only this is known."""
    return JobEnd(
        job_id=job_id,
        state=state,
        started_at=None,
        finished_at=datetime.now(UTC),
        progress=Progress(message=problem.message),
        error=problem if state is JobState.FAILED else None,
    )


def read_end(job_id: str, services: Services) -> JobEnd:
    """How a job that is over ended; a bare end where that cannot be read, since it is over all the same."""
    try:
        return JobEnd.decode(services.store.get(keys.end(job_id)))
    except (Corrupt, NewerVersion) as error:
        return bare_end(job_id, JobState.FAILED, Problem(message=str(error)))


def write_end(end: JobEnd, services: Services, *, kind: str) -> JobEnd:
    """Write a terminal state and close the job; the first end counts, so that is returned where there is one."""
    try:
        services.store.put(keys.end(end.job_id), end.encode(), if_absent=True, content_type=JSON)
        tally.job_ended(kind, end.state, services)
    except ObjectExists:
        end = read_end(end.job_id, services)
    close(end, services)
    return end


def close(end: JobEnd, services: Services) -> None:
    """Take a job that has ended off the active list and off the board."""
    note_ended(end, services.store)
    tell_ended(end, services)
    services.store.delete(keys.active(end.job_id))
    with suppress(BoardUnavailable):
        services.board.stop(end.job_id)
        services.windows.forget(end.job_id)
        services.board.forget(end.job_id)
    runtime_s = (end.finished_at - end.started_at).total_seconds() if end.started_at else 0.0
    message = end.error.message if end.error else end.progress.message
    services.events.ended(end.job_id, end.state, runtime_s=runtime_s, message=message)
    _log.info("job_ended", job_id=end.job_id, state=end.state.value, error=end.error and end.error.message)
    keep_log(end.job_id, services)


def _cancel_children(job: Job, services: Services) -> None:
    """Cancel the jobs that this one has started; where what names them is damaged, those that the index knows."""
    try:
        KINDS[job.spec.kind].cancel_children(job, services)
    except Retryable:
        raise
    except Exception:  # noqa: BLE001  (the job must end)
        _log.exception("children_sought_in_index", job_id=job.id)
        for row in entries(services.store).values():
            if row.parent == job.id and not row.state:
                with _logged_only(job, "child_not_cancelled"):
                    request_cancel(row.id, store=services.store, board=services.board, queue=services.queue)


@contextmanager
def _logged_only(job: Job, event: str) -> Iterator[None]:
    """Log what goes wrong within and go on, since the job must end; an outage is raised, since it passes."""
    try:
        yield
    except Retryable:
        raise
    except Exception:  # noqa: BLE001
        _log.exception(event, job_id=job.id)


def _with(unreadable: Mapping[str, str], problem: Problem | None) -> Problem | None:
    """The problem, and what had to be left out of manifest and summary."""
    if not unreadable:
        return problem
    shown = ", ".join(list(unreadable)[:_SHOWN]) + (", …" if len(unreadable) > _SHOWN else "")
    message = f"{len(unreadable)} of the job's reports cannot be read and are left out: {shown}"
    return (
        Problem(message=f"{problem.message}; {message}", field=problem.field) if problem else Problem(message=message)
    )


def _write_index(context: FinishContext, entries: Entries, files: tuple[Artifact, ...]) -> None:
    """The list of failed images, the files by which images are looked up, and the manifest, which names them."""
    plan, store = context.plan, context.services.store
    with tempfile.TemporaryDirectory(prefix="florescope-") as name:
        if plan.shards:
            from workers.tables.index_files import write_errors, write_index_files  # noqa: PLC0415  (pyarrow)

            files = (*files, *write_index_files(context.images, context.files.put_file, Path(name)))
            errors = Path(name) / "errors.jsonl"
            write_errors(context.images, errors)
            store.put_file(keys.errors(plan.job_id), errors)
        else:
            store.put(keys.errors(plan.job_id), b"")
    manifest = Manifest(
        job_id=plan.job_id,
        kind=plan.kind,
        question=context.job.spec.question,
        created_at=datetime.now(UTC),
        complete=len(entries) == len(plan.steps),
        reports=entries,
        files=files,
    )
    store.put(keys.manifest(plan.job_id), manifest.encode(), content_type=JSON)


def _end(
    job: Job,
    state: JobState,
    services: Services,
    *,
    context: FinishContext | None,
    problem: Problem | None,
    summary: dict[str, Any] | None,
) -> JobEnd:
    """Write how a job ended, with what it has done."""
    plan, reports = (context.plan, context.reports) if context else (None, ())
    live: Snapshot | None = None
    with suppress(BoardUnavailable):
        live = services.board.progress.snapshot(job.id)
    progress = final_progress(plan, reports, live)
    shown = [live.started_at] if live and live.started_at else []
    started_at, now = min([each.started_at for each in reports] + shown, default=None), datetime.now(UTC)
    end = JobEnd(
        job_id=job.id,
        state=state,
        started_at=started_at,
        finished_at=max(now, started_at or now),  # the clock by which it started may be ahead of this one
        progress=progress.model_copy(update={"message": problem.message if problem else state.value}),
        error=problem,
        summary=summary,
    )
    _track(job, end, reports, services)
    end = write_end(end, services, kind=job.spec.kind)
    if job.parent is not None and job.spec.waiting_step:
        with suppress(BoardUnavailable):  # the parent looks again after a few seconds in any case
            services.queue.enqueue(job.parent, job.spec.waiting_step)
    return end


def _track(job: Job, end: JobEnd, reports: tuple[Report, ...], services: Services) -> None:
    """Tell the tracker, before the end is written: whoever tries again after a death tells it, too."""
    if services.tracker is not None:
        model = next((report.model for report in reports if report.model is not None), None)
        services.tracker.record(job, end, model)


def final_progress(plan: Plan | None, reports: tuple[Report, ...], live: Snapshot | None) -> Progress:
    """What was done in the end, counted from the reports; an unfinished single step keeps what it showed."""
    if plan is None:
        return Progress()
    if not plan.shards:
        done = float(plan.total) if reports else (live.progress.done if live else 0.0)
        return Progress(done=done, total=plan.total, unit=plan.unit, failed=live.progress.failed if live else 0)
    counts = add_counts(report.counts for report in reports)
    reported = {report.step for report in reports}
    staged = sum(stage.size for stage in plan.stages if stage.step in reported)
    return Progress(done=counts.images + staged, total=plan.total, failed=counts.failed, unit=plan.unit)
