"""Defines a job: its specification, its live state, its end, and its form in the API."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from pydantic import Field, ValidationInfo, field_validator

from jobs.job_note import Remarks
from jobs.live.at_work import QueuePlace
from jobs.live.progress import Progress
from jobs.names.project_name import DEFAULT_PROJECT
from jobs.specs.scores import LOGIT
from jobs.specs.spec import Spec
from jobs.specs.unknown_spec import UnknownSpec
from jobs.state import JobState
from jobs.turns.turn import ShownTurn
from jobs.value import Document, Value


class Origin(Value):
    """Where a job comes from: who submitted it, for which project, and which job it was made from, if any.

    Attributes:
        project: the people of which see it.
        submitter: the name of the key by which it was submitted; empty where nobody had to say who they are.
        parent: the sweep that this job is a trial of, or the audit that it explains images for.
        retry_of: the job whose failed images this job explains again.
    """

    project: str = DEFAULT_PROJECT
    submitter: str = ""
    parent: str | None = None
    retry_of: str | None = None

    def made_from(self) -> bytes | None:
        """The jobs that it was made from, as JSON; None where there are none."""
        made = self.parent is not None or self.retry_of is not None
        return self.model_dump_json(include={"parent", "retry_of"}).encode() if made else None


USER = Origin()


class Job(Origin, Document):
    """A submitted job; written once, when it is accepted.

    Attributes:
        traceparent: the span that submitted it, as W3C Trace Context writes it; None where nobody traced.
    """

    id: str
    created_at: datetime
    spec: Spec
    traceparent: str | None = None

    def child(self) -> Origin:
        """The origin of a job that this one starts."""
        return Origin(project=self.project, submitter=self.submitter, parent=self.id)

    @field_validator("spec", mode="before")
    @classmethod
    def _before_scores(cls, spec: object, info: ValidationInfo) -> object:
        """A stored explanation without a score is one of 0.1.0, which explained the logit."""
        if info.mode == "json" and isinstance(spec, dict) and spec.get("kind") == "explain" and "score" not in spec:
            return {**spec, "score": LOGIT, "contrast": "none"}
        return spec


class Problem(Value):
    """Why a job failed, in words for the person who submitted it."""

    message: str
    field: str = ""


class JobEnd(Document):
    """The terminal state of a job; written once."""

    job_id: str
    state: JobState
    started_at: datetime | None
    finished_at: datetime
    progress: Progress
    error: Problem | None = None
    summary: dict[str, Any] | None = None


class Snapshot(Value):
    """The live state of a job that is not over; best effort, rebuilt when lost."""

    job_id: str
    state: JobState = JobState.QUEUED
    started_at: datetime | None = None
    updated_at: datetime | None = None
    progress: Progress = Progress()


class JobResource(Origin):
    """A job as the API shows it.

    Attributes:
        started_at: when a worker began with the first step; null before.
        remarks: what people wrote beside it; null where that is nothing, and in events.
        queue: where it waits, of a job that no worker has taken up; null otherwise.
        turn: its priority, its deadline and whether it is paused; null of a job that is over, and of unreadable ones.
        kind: of job; ``unknown`` where what is stored of the job cannot be read, and ``error`` says why.
    """

    id: str
    kind: str
    state: JobState
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
    progress: Progress
    spec: Spec | UnknownSpec
    error: Problem | None
    summary: dict[str, Any] | None
    queue: QueuePlace | None = None
    turn: ShownTurn | None = None
    remarks: Remarks | None = None
    links: dict[str, str] = Field(default_factory=dict)


def called(job: JobResource) -> str:
    """What people call the job: the name that they gave it, or that of its specification; empty where it has none."""
    given = job.remarks.name if job.remarks else None
    return str(given or getattr(job.spec, "name", None) or "")


def resource(job: Job, *, snapshot: Snapshot | None, end: JobEnd | None, cancelling: bool) -> JobResource:
    """The job in the API: its end where there is one, else its live state, else queued."""
    live = snapshot or Snapshot(job_id=job.id)
    state = JobState.CANCELLING if cancelling else live.state
    return JobResource(
        id=job.id,
        kind=job.spec.kind,
        state=end.state if end else state,
        created_at=job.created_at,
        started_at=end.started_at if end else live.started_at,
        finished_at=end.finished_at if end else None,
        progress=end.progress if end else live.progress,
        spec=job.spec,
        project=job.project,
        submitter=job.submitter,
        parent=job.parent,
        retry_of=job.retry_of,
        error=end.error if end else None,
        summary=end.summary if end else None,
        links=_links(job.id),
    )


def unreadable(
    job_id: str, reason: str, *, created_at: datetime, live: Snapshot, parent: str | None, project: str
) -> JobResource:
    """A job in the API whose documents cannot be read: that it is there, how far it is, and the reason.

    Args:
        job_id: which job.
        reason: why it cannot be read.
        created_at: when it got its id.
        live: its state and its progress as far as they are known.
        parent: the sweep that it is a trial of, where that is known.
        project: that it belongs to; ``NO_PROJECT`` where that is not known.
    """
    return JobResource(
        id=job_id,
        project=project,
        kind=UnknownSpec().kind,
        state=live.state,
        created_at=created_at,
        started_at=live.started_at,
        finished_at=None,
        progress=live.progress,
        spec=UnknownSpec(),
        parent=parent,
        error=Problem(message=reason),
        summary=None,
        links=_links(job_id),
    )


def _links(job_id: str) -> dict[str, str]:
    here = f"/v1/jobs/{job_id}"
    return {
        "self": here,
        **{name: f"{here}/{name}" for name in ("events", "results", "artifacts", "log")},
        "page": f"/jobs/{job_id}",
    }
