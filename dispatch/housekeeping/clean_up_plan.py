"""Plans a round of cleaning up: what is kept no longer, and what was deleted more than a day ago.

Nothing is planned to be removed that a job refers to which is there: what is needed again comes back by itself.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime

from dispatch.housekeeping.deletions import list_deletions
from dispatch.housekeeping.expired import Expired
from dispatch.housekeeping.expired_jobs import expired_jobs
from dispatch.housekeeping.heatmaps import expired_heatmaps
from dispatch.housekeeping.reference_graph import ReferenceGraph, read_graph
from dispatch.housekeeping.unused_things import unused_things
from dispatch.rounds import no_lead, renewing
from jobs.housekeeping.deletion import Deletion
from jobs.housekeeping.thing import Thing
from store.base import ObjectStore


@dataclass(frozen=True)
class CleanUp:
    """What is to be done, or what was done.

    Attributes:
        expired: jobs that are deleted now, since their time is over; they can be restored for a day.
        heatmaps: explanations whose pictures and raw maps are removed, for good.
        unused: uploads and features that are deleted now, since their time is over and nothing refers to them.
        removed: deleted things of which nothing is left.
        needed: deleted things that a job refers to which is there: they come back.
        unfinished: whether a round had no time for all of it.
    """

    expired: list[Expired] = field(default_factory=list)
    heatmaps: list[Expired] = field(default_factory=list)
    unused: list[Expired] = field(default_factory=list)
    removed: list[Deletion] = field(default_factory=list)
    needed: list[Deletion] = field(default_factory=list)
    unfinished: bool = field(default=False, compare=False)


def planned(
    store: ObjectStore,
    *,
    now: datetime,
    by_age: bool = True,
    graph: ReferenceGraph | None = None,
    renew: Callable[[], None] = no_lead,
) -> CleanUp:
    """What a round would do now; changes nothing.

    Args:
        store: that is cleaned up.
        now: in UTC.
        by_age: also look for what is kept no longer.
        graph: all jobs; read now where it is None.
        renew: called again and again, since reading may take long.
    """
    graph = graph or read_graph(store, renew=renew)
    deletions = list(renewing(list_deletions(store), renew))
    due = [each for each in deletions if each.is_due(now)]
    gone = frozenset(each.thing for each in deletions)
    needed = _held_by_others(due, graph, but=gone | graph.refused)  # what only may be needed waits
    waiting = _held_by_others(due, graph, but=frozenset(each.thing for each in due))
    held = {each.thing for each in (*needed, *waiting)}
    plan = CleanUp(removed=[each for each in due if each.thing not in held], needed=needed)
    return _with_old(plan, graph, store, gone=gone, now=now, renew=renew) if by_age else plan


def _with_old(
    plan: CleanUp,
    graph: ReferenceGraph,
    store: ObjectStore,
    *,
    gone: frozenset[Thing],
    now: datetime,
    renew: Callable[[], None],
) -> CleanUp:
    """The plan, with the jobs, heatmaps, uploads and features added whose time is over."""
    leaving, expired = set(gone), list[Expired]()
    for each in expired_jobs(graph, store, gone=gone, now=now, renew=renew):
        parts = graph.parts([each.thing])
        if not graph.dependents(parts, but=leaving):
            leaving |= parts
            expired.append(each)
    heatmaps = list(expired_heatmaps(graph, store, gone=leaving, now=now, renew=renew))
    unused = list(unused_things(graph, store, gone=gone, now=now, renew=renew))
    return replace(plan, expired=expired, heatmaps=heatmaps, unused=unused)


def _held_by_others(due: Iterable[Deletion], graph: ReferenceGraph, *, but: frozenset[Thing]) -> list[Deletion]:
    """Those that a job refers to, or has started, which is not among ``but``, and what these refer to."""
    rest, leaving, held = list(due), set(but), list[Deletion]()
    while found := [each for each in rest if graph.dependents({each.thing}, but=leaving)]:
        held += found
        things = {each.thing for each in found}
        leaving -= things
        rest = [each for each in rest if each.thing not in things]
    return held
