"""What lists sort, search and show of a job beyond its row in the index, so that they need not read the job."""

from __future__ import annotations

from typing import Any, NamedTuple

from pydantic import JsonValue

from jobs.housekeeping.references import encoded, references_of
from jobs.job import Job, JobEnd, JobResource, called, resource
from jobs.job_note import JobNote


class JobFacts(NamedTuple):
    """Facts of one job.

    Attributes:
        name: that people gave it, or that of its specification.
        accuracy: in the test, or on the images of the job, between 0 and 1.
        duration_s: from its start to its end; None while it is not over, or where it never started.
        revision: of its remarks; 0 where there are none.
        archived: whether lists leave it out.
        refers_to: the things that it refers to, as ``jobs.housekeeping.references.encoded`` writes them; None where
            that is not known.
        submitter: the name of who submitted it; empty where nobody had to say it, or an earlier release wrote this.
    """

    name: str = ""
    dataset: str = ""
    model: str = ""
    score: str = ""
    tags: tuple[str, ...] = ()
    accuracy: float | None = None
    duration_s: float | None = None
    failed: int = 0
    revision: int = 0
    archived: bool = False
    refers_to: tuple[str, ...] | None = None
    submitter: str = ""

    def row(self) -> list[JsonValue]:
        """As the index stores it."""
        return [list(value) if isinstance(value, tuple) else value for value in self]


def facts_of_row(row: list[Any]) -> JobFacts:
    """The facts that ``JobFacts.row`` of this or another release wrote, as far as this one knows them.

    Raises:
        TypeError, IndexError: it is no such row.
    """
    values = row[: len(JobFacts._fields)]
    values[4] = tuple(values[4])
    listed: list[Any] = [tuple(value) if isinstance(value, list) else value for value in values]
    return JobFacts(*listed)


def facts_of(job: Job, end: JobEnd | None, note: JobNote | None) -> JobFacts:
    """The facts of a job, from its documents."""
    shown = resource(job, snapshot=None, end=end, cancelling=False).model_copy(update={"remarks": note})
    return facts_of_resource(shown)._replace(
        revision=note.revision if note else 0,
        archived=note is not None and note.archived,
        refers_to=encoded(references_of(job)),
        submitter=job.submitter,
    )


def facts_of_resource(job: JobResource) -> JobFacts:
    """The facts of a job as the API shows it; the revision of its remarks is not known."""
    spec, summary, started = job.spec, job.summary or {}, job.started_at
    return JobFacts(
        name=called(job),
        dataset=str(getattr(spec, "dataset", "")),
        model=_model(spec, summary),
        score=str(getattr(spec, "score", "")),
        tags=job.remarks.tags if job.remarks else (),
        accuracy=_accuracy(summary),
        duration_s=round((job.finished_at - started).total_seconds(), 1) if job.finished_at and started else None,
        failed=job.progress.failed,
    )


def _model(spec: object, summary: dict[str, Any]) -> str:
    """The model that the job uses, else the one that it made, with the backbone."""
    used = getattr(spec, "model", None)
    base = getattr(spec, "base", spec)
    return str(used or getattr(base, "backbone", "") or summary.get("model_id") or "")


def _accuracy(summary: dict[str, Any]) -> float | None:
    best = summary.get("best")
    of_best = (best.get("test_accuracy"), best.get("validation_accuracy")) if isinstance(best, dict) else ()
    for found in (summary.get("test_accuracy"), summary.get("accuracy"), *of_best):
        if isinstance(found, int | float):
            return float(found)
    return None
