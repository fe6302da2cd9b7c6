"""Finds the images of an earlier explanation that failed, for the job that retries them."""

from __future__ import annotations

from collections.abc import Iterator

from jobs import keys
from jobs.errors import InvalidSpec, ObjectNotFound
from jobs.job import Job
from jobs.plan import Plan, Shard, shards_over
from jobs.results.record import Outcome
from jobs.results.report import Report
from store.base import ObjectStore


def shards_of_failed(job_id: str, store: ObjectStore, *, size: int | None) -> tuple[Shard, ...]:
    """Shards of at most ``size`` images that hold exactly those that failed in this job.

    Raises:
        InvalidSpec: the job is gone, or nothing in it failed.
    """
    try:
        plan = Plan.decode(store.get(keys.plan(job_id)))
    except ObjectNotFound:
        raise InvalidSpec(f"job {job_id}, whose failed images are to be retried, left no plan") from None
    found = shards_over(sorted(_failed(plan, store)), size=size)
    if not found:
        raise InvalidSpec(f"no image of job {job_id} failed: there is nothing to retry")
    return found


def _failed(plan: Plan, store: ObjectStore) -> Iterator[int]:
    """The places in the split of the images that failed."""
    from workers.tables.image_part import read_part  # noqa: PLC0415  (pyarrow)

    job = Job.decode(store.get(keys.spec(plan.job_id)))
    for info in store.list(keys.reports(plan.job_id)):
        report = Report.decode(store.get(info.key))
        if report.failed:
            start, outcomes = plan.shard(report.step).start, read_part(job, plan, report, store).column("outcome")
            yield from (start + place for place, each in enumerate(outcomes.to_pylist()) if each == Outcome.ERROR.value)
