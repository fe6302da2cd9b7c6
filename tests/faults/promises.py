"""What is promised of every job that was accepted, checked against the store and against what was seen meanwhile.

P1 no accepted job is lost. P2 each job ends once, and as it should. P3 each image stands in the results exactly once,
and every file has the digest that is told of it. P4 a step has one committed attempt. P5 a cancelled job ends in time.
P6 what is shown as done never falls back. P7 the API answers in its own form, whatever is away. How soon a step goes on
after a fault (P8) is measured by ``bench/soak``.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import pairwise

import pyarrow as pa
import pyarrow.parquet as pq

from jobs import keys
from jobs.errors import JobError
from jobs.job import Job, JobEnd
from jobs.models.artifact import Artifact
from jobs.plan import Plan
from jobs.results.manifest import Manifest
from jobs.results.report import Report
from jobs.state import JobState
from store.base import ObjectStore
from workers.tables.image_part import NAME, read_part, records_of


@dataclass(frozen=True)
class Accepted:
    """A job that the API took in.

    Attributes:
        images: the ids of those that it is about.
        cancelled: whether it was asked to stop; it may have been too late.
    """

    images: tuple[str, ...]
    cancelled: bool = False


@dataclass
class Seen:
    """What an onlooker saw of jobs while they ran.

    Attributes:
        done: by job, what it showed as done, in order.
        ends: by job, every terminal state that it showed.
        documents: by key, the digests of reports and ends, in order, whenever they changed.
        answers: of the API that are not as promised.
        late: jobs that were cancelled and did not end in time, and how long it took.
    """

    done: dict[str, list[float]] = field(default_factory=dict)
    ends: dict[str, set[str]] = field(default_factory=dict)
    documents: dict[str, list[str]] = field(default_factory=dict)
    answers: list[str] = field(default_factory=list)
    late: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, order=True)
class Violation:
    """A promise that was not kept; ``about`` is a job, or the API."""

    promise: str
    about: str
    what: str


def violations(accepted: Mapping[str, Accepted], store: ObjectStore, seen: Seen | None = None) -> list[Violation]:
    """Every promise that was not kept, once all jobs should be over.

    Args:
        accepted: by id.
        store: where they lie, without faults.
        seen: what was seen meanwhile.
    """
    found = [broken for job_id, job in accepted.items() for broken in _of_job(job_id, job, store)]
    return sorted({*found, *_of_seen(seen or Seen())})


def _of_job(job_id: str, accepted: Accepted, store: ObjectStore) -> Iterator[Violation]:
    try:
        job = Job.decode(store.get(keys.spec(job_id)))
    except JobError as error:
        yield Violation("P1", job_id, f"its specification is gone: {error}")
        return
    try:
        end = JobEnd.decode(store.get(keys.end(job_id)))
    except JobError as error:
        yield Violation("P2", job_id, f"it has no end: {error}")
        return
    yield from _of_end(job_id, end, accepted, store)
    if end.state is JobState.CANCELLED and store.head(keys.plan(job_id)) is None:
        return
    try:
        yield from _of_results(job, end, accepted, store)
    except JobError as error:
        yield Violation("P3", job_id, f"its results cannot be read: {error}")


def _of_end(job_id: str, end: JobEnd, accepted: Accepted, store: ObjectStore) -> Iterator[Violation]:
    wanted = {JobState.SUCCEEDED, JobState.CANCELLED} if accepted.cancelled else {JobState.SUCCEEDED}
    if end.state not in wanted:
        yield Violation("P2", job_id, f"it ended {end.state.value}: {end.error and end.error.message}")
    if store.head(keys.active(job_id)) is not None:
        yield Violation("P2", job_id, "it has ended, and is still listed as active")


def _of_results(job: Job, end: JobEnd, accepted: Accepted, store: ObjectStore) -> Iterator[Violation]:
    plan = Plan.decode(store.get(keys.plan(job.id)))
    manifest = Manifest.decode(store.get(keys.manifest(job.id)))
    stored = {keys.step_of_report(info.key): store.get(info.key) for info in store.list(keys.reports(job.id))}
    for entry in manifest.reports:
        if _digest(stored.get(entry.step, b"")) != entry.sha256:
            yield Violation(
                "P4", job.id, f"{entry.step} was committed again: its report is not the one of the manifest"
            )
    listed = {entry.step: Report.decode(stored[entry.step]) for entry in manifest.reports if entry.step in stored}
    yield from _of_images(job, accepted.images, end, store)
    for file in manifest.files:
        yield from _of_file(job.id, file, store)
    for step, report in listed.items():
        yield from _of_attempt(job, plan, report, store)
        if report.step != step:
            yield Violation("P4", job.id, f"the report of {step} is that of {report.step}")


def _of_images(job: Job, wanted: Iterable[str], end: JobEnd, store: ObjectStore) -> Iterator[Violation]:
    table = pq.read_table(pa.BufferReader(store.get(keys.file(job.id, NAME))), columns=["image_id"])
    counted = Counter(table.column("image_id").to_pylist())
    twice = sorted(image_id for image_id, count in counted.items() if count > 1)
    if twice:
        yield Violation("P3", job.id, f"{len(twice)} images stand there more than once, first {twice[0]}")
    missing = sorted(set(wanted) - set(counted))
    if missing and end.state is JobState.SUCCEEDED:
        yield Violation("P3", job.id, f"{len(missing)} images are missing, first {missing[0]}")
    strange = sorted(set(counted) - set(wanted))
    if strange:
        yield Violation("P3", job.id, f"{len(strange)} images are not the job's, first {strange[0]}")


def _of_attempt(job: Job, plan: Plan, report: Report, store: ObjectStore) -> Iterator[Violation]:
    """All files of a step are there, as they are told of, and of the attempt that counts."""
    pictures = [
        method.overlay
        for record in records_of(read_part(job, plan, report, store))
        for method in record.methods
        if method.overlay
    ]
    prefix = keys.attempt(job.id, report.step, report.attempt)
    for file in (*report.files, *pictures):
        if not file.key.startswith(prefix):
            yield Violation("P4", job.id, f"{file.key} is not of attempt {report.attempt}, which counts")
        yield from _of_file(job.id, file, store)


def _of_file(job_id: str, file: Artifact, store: ObjectStore) -> Iterator[Violation]:
    try:
        data = store.get(file.key)
    except JobError as error:
        yield Violation("P3", job_id, f"{file.key} cannot be read: {error}")
        return
    if (len(data), _digest(data)) != (file.size, file.sha256):
        yield Violation("P3", job_id, f"{file.key} has other bytes than were told of")


def _of_seen(seen: Seen) -> Iterator[Violation]:
    for job_id, done in seen.done.items():
        for before, after in pairwise(done):
            if after < before:
                yield Violation("P6", job_id, f"it showed {before:g} as done, and then {after:g}")
    several = {job_id: ends for job_id, ends in seen.ends.items() if len(ends) > 1}
    yield from (Violation("P2", job_id, f"it ended {', '.join(sorted(ends))}") for job_id, ends in several.items())
    for key in (key for key, digests in seen.documents.items() if len(digests) > 1):
        yield Violation("P2" if key.endswith("/end.json") else "P4", key.split("/")[1], f"{key} was written again")
    yield from (Violation("P5", job_id, told) for job_id, told in seen.late.items())
    yield from (Violation("P7", "the API", answer) for answer in seen.answers)


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
