"""Finds the jobs whose time is over by the retention of their project."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Set
from datetime import datetime
from functools import partial

from dispatch.housekeeping.archive import is_archived
from dispatch.housekeeping.expired import Expired
from dispatch.housekeeping.id_time import made_at
from dispatch.housekeeping.reference_graph import KnownJob, ReferenceGraph
from dispatch.housekeeping.retention_policies import all_retentions
from dispatch.refusal import unless_refused
from dispatch.rounds import no_lead, renewing
from jobs import keys
from jobs.errors import Corrupt, NewerVersion, ObjectNotFound
from jobs.housekeeping.retention import Period, Retention, length_of
from jobs.housekeeping.thing import Thing, job_thing
from jobs.job import JobEnd
from store.base import ObjectStore


def expired_jobs(
    graph: ReferenceGraph, store: ObjectStore, *, gone: Set[Thing], now: datetime, renew: Callable[[], None] = no_lead
) -> Iterator[Expired]:
    """The newest first, so that what uses a thing comes before it; trials go and stay with their sweep.

    Args:
        graph: all jobs.
        store: where their ends lie.
        gone: what is deleted already.
        now: in UTC.
        renew: called again and again, since reading may take long.
    """
    rules = all_retentions(store)
    for job_id, job in renewing(sorted(graph.jobs.items(), reverse=True), renew):
        rule = rules.get(job.row.project)
        if rule is None or not job.is_over or job_thing(job_id) in gone or job.row.parent in graph.jobs:
            continue
        parts = graph.parts([job_thing(job_id)])
        after = partial(_expired_after, job, parts, rule, store, now=now)
        period = unless_refused(after, store, otherwise=None, renew=renew, job_id=job_id)
        if period:
            yield Expired(job_thing(job_id), job.row.project, f"kept for {period}")


def _expired_after(
    job: KnownJob, parts: Set[Thing], rule: Retention, store: ObjectStore, *, now: datetime
) -> Period | None:
    """The period that is over; None of what is still kept."""
    period = _period(job, rule, store)
    if period is None or now - made_at(job.row.id) < length_of(period):
        return None
    over = is_kept_for(job.row.id, period, store, now=now) and not any(is_archived(each, store) for each in parts)
    return period if over else None


def _period(job: KnownJob, rule: Retention, store: ObjectStore) -> str | None:
    if rule.keep == rule.models:
        return rule.keep
    return rule.models if store.head(keys.model(job.row.id)) is not None else rule.keep


def is_kept_for(job_id: str, period: Period, store: ObjectStore, *, now: datetime) -> bool:
    """Whether a job has been over, and here, for so long; not where its end cannot be read."""
    ended = _ended_at(job_id, store)
    if ended is None or now - ended < length_of(period):
        return False
    stored = _stored_at(job_id, store)
    return stored is None or now - stored >= length_of(period)


def _ended_at(job_id: str, store: ObjectStore) -> datetime | None:
    try:
        return JobEnd.decode(store.get(keys.end(job_id))).finished_at
    except (ObjectNotFound, Corrupt, NewerVersion):
        return None


def _stored_at(job_id: str, store: ObjectStore) -> datetime | None:
    """When a job was submitted here, or imported: nobody writes its specification again."""
    return next((info.modified_at for info in store.list(keys.spec(job_id), limit=1)), None)
