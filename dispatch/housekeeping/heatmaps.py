"""Removes the pictures and raw maps of explanations whose time is over; tables, reports and numbers stay."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Set
from datetime import datetime
from functools import partial

from dispatch.housekeeping.archive import is_archived
from dispatch.housekeeping.expired import Expired
from dispatch.housekeeping.expired_jobs import is_kept_for
from dispatch.housekeeping.id_time import made_at
from dispatch.housekeeping.reference_graph import ReferenceGraph
from dispatch.housekeeping.retention_policies import all_retentions
from dispatch.refusal import unless_refused
from dispatch.rounds import no_lead, renewing
from jobs import keys
from jobs.errors import Corrupt, NewerVersion, ObjectNotFound
from jobs.housekeeping.heatmaps import HeatmapsRemoved, is_heatmap
from jobs.housekeeping.retention import Period, length_of
from jobs.housekeeping.thing import Thing, job_thing
from jobs.specs.explain_spec import ExplainSpec
from store.base import ObjectStore


def expired_heatmaps(
    graph: ReferenceGraph, store: ObjectStore, *, gone: Set[Thing], now: datetime, renew: Callable[[], None] = no_lead
) -> Iterator[Expired]:
    """Explanations whose heatmaps are kept no longer, but for those that a job needs which is not over.

    ``renew`` is called again and again, since reading may take long.
    """
    periods = {project: rule.heatmaps for project, rule in all_retentions(store).items()}
    for job_id, job in renewing(sorted(graph.jobs.items()), renew):
        period, thing = periods.get(job.row.project), job_thing(job_id)
        if period is None or job.row.kind != ExplainSpec.kind_name() or not job.is_over:
            continue
        if thing in gone or graph.is_in_use(thing):
            continue
        expired = partial(_has_expired, thing, period, store, now=now)
        if unless_refused(expired, store, otherwise=False, renew=renew, job_id=job_id):
            yield Expired(thing, job.row.project, f"heatmaps kept for {period}")


def _has_expired(thing: Thing, period: Period, store: ObjectStore, *, now: datetime) -> bool:
    if now - made_at(thing.name) < length_of(period) or _done(thing.name, store):
        return False
    return is_kept_for(thing.name, period, store, now=now) and not is_archived(thing, store)


def remove_heatmaps(job: Expired, store: ObjectStore, *, now: datetime, go_on: Callable[[], bool]) -> bool:
    """Say that they go, remove them, say that they are gone; False where ``go_on`` said to stop before the end."""
    told = HeatmapsRemoved(job_id=job.thing.name, at=now, why=job.why)
    _tell(told, store)
    for info in store.list(keys.attempts(job.thing.name)):
        if is_heatmap(info.key):
            if not go_on():
                return False
            store.delete(info.key)
    _tell(told.model_copy(update={"complete": True}), store)
    return True


def read_heatmaps_removed(job_id: str, store: ObjectStore) -> HeatmapsRemoved | None:
    """Since when a job has no heatmaps; None where it has what it made."""
    try:
        return HeatmapsRemoved.decode(store.get(keys.heatmaps_removed(job_id)))
    except (ObjectNotFound, Corrupt, NewerVersion):
        return None


def _done(job_id: str, store: ObjectStore) -> bool:
    found = read_heatmaps_removed(job_id, store)
    return found is not None and found.complete


def _tell(told: HeatmapsRemoved, store: ObjectStore) -> None:
    store.put(keys.heatmaps_removed(told.job_id), told.encode(), content_type="application/json")
