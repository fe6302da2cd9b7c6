"""What goes on in the whole installation: workers, queues, throughput, failures, disks."""

from __future__ import annotations

import shutil
import tempfile
import time
from collections import Counter
from collections.abc import Iterable
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import unquote, urlsplit

from pydantic import BaseModel, Field

from api.readers.jobs.job_query import JobQuery
from api.readers.jobs.job_reader import JobReader
from dispatch.board import Board
from dispatch.names import PAUSABLE_QUEUES
from dispatch.step_queue import StepQueue
from jobs.job import JobResource
from jobs.live.at_work import GpuUse, StepSign, WorkerSign
from jobs.live.progress import rounded_rate
from jobs.state import JobState
from jobs.turns.turn import Pause
from store.base import ObjectStore

DAY_S = 24 * 3600
MOST_RUNNING = 200
FAILURES = 10


class WorkerView(BaseModel):
    """A worker, and the steps that it is at."""

    worker: str
    queues: list[str]
    since: datetime | None = Field(description="When it started; null of one that gives signs of its steps alone.")
    steps: list[StepSign]
    gpus: list[GpuUse] = Field(description="Of its machine, if it takes steps that compute and there are any.")


class QueueView(BaseModel):
    """A queue."""

    queue: str
    messages: int
    oldest_s: float | None = Field(description="Seconds that the message which is next has waited.")
    workers: int = Field(description="That take steps from it.")
    pausable: bool = Field(description="Whether it can be paused.")
    pause: Pause | None = Field(description="Who paused it; null while nobody has.")


class DiskView(BaseModel):
    """A disk of the machine that answers."""

    what: str
    total_bytes: int
    free_bytes: int


class Failure(BaseModel):
    """A job that failed."""

    job_id: str
    kind: str
    message: str
    finished_at: datetime | None


class Operations(BaseModel):
    """What workers, queues and jobs do at one moment."""

    at: datetime
    workers: list[WorkerView]
    queues: list[QueueView]
    running: list[JobResource] = Field(description="Jobs that somebody works on, the newest first.")
    rates_per_s: dict[str, float] = Field(description="Over all of them, by unit.")
    submitted_in_a_day: dict[str, int] = Field(
        description="Jobs of the last 24 hours, by state; those not over together."
    )
    failures: list[Failure] = Field(description="The latest.")
    disks: list[DiskView]


def operations(store: ObjectStore, board: Board, queue: StepQueue, jobs: JobReader) -> Operations:
    """Look at workers, queues, jobs and disks once.

    Raises:
        StoreUnavailable, BoardUnavailable: nothing can be said without either.
    """
    staff, at_work = board.staff.seen(), board.at_work.seen()
    running, pauses = _running(at_work, jobs), board.rules.known(store).pauses
    return Operations(
        at=datetime.now(UTC),
        workers=_workers(staff, at_work),
        queues=[
            QueueView(
                queue=name,
                messages=found.length,
                oldest_s=found.oldest_s,
                workers=sum(name in sign.queues for sign in staff),
                pausable=name in PAUSABLE_QUEUES,
                pause=pauses.get(name),
            )
            for name, found in queue.order().items()
        ],
        running=running,
        rates_per_s=_rates(running),
        submitted_in_a_day=_submitted(jobs),
        failures=_failures(jobs),
        disks=list(_disks(store)),
    )


def _workers(staff: Iterable[WorkerSign], at_work: list[StepSign]) -> list[WorkerView]:
    known = {sign.worker: sign for sign in staff}
    names = sorted(known.keys() | {sign.worker for sign in at_work})
    return [
        WorkerView(
            worker=name,
            queues=list(known[name].queues) if name in known else [],
            since=known[name].since if name in known else None,
            gpus=list(known[name].gpus) if name in known else [],
            steps=sorted((sign for sign in at_work if sign.worker == name), key=lambda sign: sign.since),
        )
        for name in names
    ]


def _running(at_work: Iterable[StepSign], jobs: JobReader) -> list[JobResource]:
    ids = sorted({sign.job_id for sign in at_work}, reverse=True)[:MOST_RUNNING]
    return [job for job in jobs.resources(ids, live=True) if not job.state.terminal]


def _rates(running: Iterable[JobResource]) -> dict[str, float]:
    found = Counter[str]()
    for job in running:
        if job.progress.rate_per_s:
            found[job.progress.unit] += job.progress.rate_per_s  # type: ignore[assignment]  # (counts of any number)
    return {unit: rounded_rate(rate) for unit, rate in found.items()}


def _submitted(jobs: JobReader) -> dict[str, int]:
    found = Counter[str]()
    for row, active in jobs.newest(since_s=time.time() - DAY_S):
        found["not over" if active else row.state or "not over"] += 1
    return dict(found)


def _failures(jobs: JobReader) -> list[Failure]:
    found, _ = jobs.page(JobQuery(state=JobState.FAILED, limit=FAILURES), live=False)
    return [
        Failure(
            job_id=job.id,
            kind=job.kind,
            message=job.error.message if job.error else "",
            finished_at=job.finished_at,
        )
        for job in found
    ]


def _disks(store: ObjectStore) -> Iterable[DiskView]:
    """Where the store is a folder, its disk; and that on which this process keeps copies."""
    places = [("Temporary files of the API", Path(tempfile.gettempdir()))]
    address = urlsplit(store.url)
    if address.scheme == "file":
        places.insert(0, ("The store", Path(unquote(address.path))))
    for what, path in places:
        with suppress(OSError):
            used = shutil.disk_usage(path)
            yield DiskView(what=what, total_bytes=used.total, free_bytes=used.free)
