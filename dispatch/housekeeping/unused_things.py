"""Finds uploads and features that nothing refers to, and whose time is over."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Set
from datetime import datetime
from functools import partial

from dispatch.housekeeping.expired import Expired
from dispatch.housekeeping.reference_graph import ReferenceGraph
from dispatch.housekeeping.retention_policies import all_retentions, read_shared_retention
from dispatch.refusal import unless_refused
from dispatch.rounds import no_lead, renewing
from jobs import keys
from jobs.housekeeping.retention import Period, SharedRetention, length_of
from jobs.housekeeping.thing import Thing, ThingKind, project_of_thing
from jobs.names.project_name import NO_PROJECT
from store.base import ObjectInfo, ObjectStore

_WORDS = {ThingKind.UPLOAD: "uploads", ThingKind.FEATURES: "features"}


def unused_things(
    graph: ReferenceGraph, store: ObjectStore, *, gone: Set[Thing], now: datetime, renew: Callable[[], None] = no_lead
) -> Iterator[Expired]:
    """Uploads by the rule of their project, features by that of the installation; time counts from their last write.

    An upload is in use until the import that names it is over. Whatever a job that cannot be read mentions stays.

    Args:
        graph: all jobs.
        store: that is listed.
        gone: what is deleted already.
        now: in UTC.
        renew: called again and again, since reading may take long.
    """
    for info, thing, period in renewing(_ruled(store), renew):
        old = info.modified_at is not None and now - info.modified_at >= length_of(period)
        if old and thing not in gone and not graph.dependents({thing}, but=gone):
            why = f"{_WORDS[thing.kind]} kept for {period}"
            yield Expired(thing, project_of_thing(thing) or NO_PROJECT, why, info.modified_at)


def _ruled(store: ObjectStore) -> Iterator[tuple[ObjectInfo, Thing, Period]]:
    rules = all_retentions(store)
    shared = unless_refused(partial(read_shared_retention, store), store, otherwise=SharedRetention()).features
    if any(rule.uploads for rule in rules.values()):
        for info in store.list(keys.UPLOADS_PREFIX):
            thing = Thing(ThingKind.UPLOAD, info.key.removeprefix(keys.UPLOADS_PREFIX))
            rule = rules.get(project_of_thing(thing) or NO_PROJECT)
            if rule is not None and rule.uploads:
                yield info, thing, rule.uploads
    if shared:
        for info in store.list(keys.FEATURES_PREFIX):
            yield info, Thing(ThingKind.FEATURES, keys.digest_of_features(info.key)), shared
