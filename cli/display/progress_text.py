"""Formats the parts of a job's progress as short texts."""

from __future__ import annotations

from cli.display.plain_text import duration, number, printable
from florescope.job_view import JobView, ProgressView


def amount(progress: ProgressView) -> str:
    """``128/512 images``; without a total while that is not known; empty before anything is known, the unit neither."""
    if not (progress.total or progress.done or progress.failed):
        return ""
    total = f"/{number(progress.total)}" if progress.total is not None else ""
    failed = f", {progress.failed} failed" if progress.failed else ""
    return f"{number(progress.done)}{total} {printable(progress.unit)}{failed}"


def pace(progress: ProgressView) -> str:
    """``11.80 images/s, 0:33 to go``; seconds per unit below 1 unit/s; empty while neither is known."""
    parts = []
    unit = printable(progress.unit)
    if progress.rate_per_s:
        slow = progress.rate_per_s < 1
        parts.append(
            f"{1 / progress.rate_per_s:.1f} s/{unit.removesuffix('s')}"
            if slow
            else f"{progress.rate_per_s:.1f} {unit}/s"
        )
    if progress.eta_s is not None:
        parts.append(f"{duration(progress.eta_s)} to go")
    return ", ".join(parts)


def line(job: JobView) -> str:
    """The whole progress in one line."""
    name = f"{printable(job.kind)} {printable(job.id)}"
    message = "" if job.progress.message == job.state.value else printable(job.progress.message)
    parts = (job.state.value, amount(job.progress), pace(job.progress), message)
    tail = [job.error and printable(job.error)] if job.over else []
    return f"{name}: {' · '.join(part for part in (*parts, *tail) if part)}"
