"""Writes down that people are to be told of a job that is over."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import structlog

from dispatch.notice.channels import read_channels
from dispatch.notice.outbox import put_notice
from jobs import keys
from jobs.errors import Corrupt, NewerVersion, ObjectNotFound
from jobs.job import Job, JobEnd
from jobs.job_note import JobNote
from jobs.notice.channel import Channel
from jobs.notice.notice import JOB_ENDED, Notice, notice_id
from store.base import ObjectStore
from workers.step.services import Services

_log = structlog.get_logger(__name__)


def tell_ended(end: JobEnd, services: Services) -> None:
    """Have all be told who want to know how a job ended; not of those that a job started itself.

    A job whose documents cannot be read ends all the same, and the log says that nobody was told.

    Raises:
        StoreUnavailable: the store does not answer; nobody was told, or some.
    """
    try:
        job = Job.decode(services.store.get(keys.spec(end.job_id)))
        if job.parent is None:
            for channel in _asked(job, end, services.store):
                put_notice(_notice(job, end, channel, services), services.store)
    except (Corrupt, NewerVersion, ObjectNotFound) as error:
        _log.warning("nobody_told", job_id=end.job_id, error=str(error))


def _asked(job: Job, end: JobEnd, store: ObjectStore) -> Iterator[Channel]:
    """The channels of the project that want to know."""
    for channel in read_channels(job.project, store).channels:
        if end.state in channel.states and (channel.every_job or channel.name in job.spec.notify):
            yield channel


def _notice(job: Job, end: JobEnd, channel: Channel, services: Services) -> Notice:
    body = {
        "type": JOB_ENDED,
        "timestamp": end.finished_at.isoformat(),
        "data": _data(job, end, services),
    }
    return Notice(
        id=notice_id(job.id, channel.name),
        project=job.project,
        channel=channel.name,
        event=JOB_ENDED,
        job_id=job.id,
        created_at=datetime.now(UTC),
        body=body,
        next_at=datetime.now(UTC),
    )


def _data(job: Job, end: JobEnd, services: Services) -> dict[str, Any]:
    return {
        "job_id": job.id,
        "kind": job.spec.kind,
        "name": _name(job, services.store),
        "project": job.project,
        "submitter": job.submitter,
        "state": end.state.value,
        "created_at": job.created_at.isoformat(),
        "finished_at": end.finished_at.isoformat(),
        "done": end.progress.done,
        "failed": end.progress.failed,
        "unit": end.progress.unit,
        "error": end.error.message if end.error else None,
        "url": f"{services.notices.public_url}/jobs/{job.id}" if services.notices.public_url else None,
    }


def _name(job: Job, store: ObjectStore) -> str | None:
    """What people call the job."""
    try:
        given = JobNote.decode(store.get(keys.note(job.id))).name
    except (ObjectNotFound, Corrupt, NewerVersion):
        given = None
    name: str | None = given or getattr(job.spec, "name", None)
    return name
