"""Counts what lies in a store, by project and kind."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime

from dispatch.housekeeping.deletions import deleted_things
from dispatch.housekeeping.reference_graph import ReferenceGraph, read_graph
from dispatch.housekeeping.submitters import submitters
from jobs import keys
from jobs.errors import Corrupt, NewerVersion, ObjectNotFound
from jobs.housekeeping import housekeeping_keys
from jobs.housekeeping.thing import Thing, ThingKind, dataset_thing, job_thing, project_of_thing
from jobs.housekeeping.usage import SubmitterUsage, Usage, UsageItem
from jobs.identity import identity_keys
from jobs.names.project_name import NO_PROJECT, data_set_folder
from store.base import ObjectStore

_OTHERS = {
    keys.DATASETS_PREFIX: ThingKind.DATASET,
    keys.UPLOADS_PREFIX: ThingKind.UPLOAD,
    keys.FEATURES_PREFIX: ThingKind.FEATURES,
}
_KINDS = {ThingKind.DATASET: "datasets", ThingKind.UPLOAD: "uploads", ThingKind.FEATURES: "features"}


def count_usage(store: ObjectStore) -> Usage:
    """List every object once; of none more than its size is read."""
    graph, gone = read_graph(store), deleted_things(store)
    by_whom = submitters(graph, store)
    found = defaultdict[tuple[str, str, bool], list[int]](lambda: [0, 0])
    put = Counter[tuple[str, str]]()
    for info in store.list(""):
        thing = _thing_of(info.key)
        project, kind = _told(info.key, thing, graph)
        count = found[project, kind, thing in gone]
        count[0] += 1
        count[1] += info.size
        if thing in by_whom and thing not in gone:
            put[project, by_whom[thing]] += info.size
    return Usage(at=datetime.now(UTC), items=tuple(_items(found)), submitters=tuple(_of_submitters(put)))


def _items(found: Mapping[tuple[str, str, bool], Sequence[int]]) -> Iterator[UsageItem]:
    for (project, kind, deleted), (objects, size) in sorted(found.items()):
        yield UsageItem(project=project, kind=kind, deleted=deleted, objects=objects, bytes=size)


def _of_submitters(put: Mapping[tuple[str, str], int]) -> Iterator[SubmitterUsage]:
    for (project, submitter), size in sorted(put.items()):
        yield SubmitterUsage(project=project, submitter=submitter, bytes=size)


def write_usage(usage: Usage, store: ObjectStore) -> None:
    """Keep a count, in place of the one before."""
    store.put(housekeeping_keys.USAGE, usage.encode(), content_type="application/json")


def read_usage(store: ObjectStore) -> Usage | None:
    """The last count; None where nobody has counted yet, or it cannot be read."""
    try:
        return Usage.decode(store.get(housekeeping_keys.USAGE))
    except (ObjectNotFound, Corrupt, NewerVersion):
        return None


def _thing_of(key: str) -> Thing | None:
    if key.startswith(keys.JOBS_PREFIX):
        return job_thing(key.removeprefix(keys.JOBS_PREFIX).partition("/")[0])
    if key.startswith(keys.MODELS_PREFIX):
        return job_thing(key.removeprefix(keys.MODELS_PREFIX).removesuffix(".json"))
    for prefix, kind in _OTHERS.items():
        if key.startswith(prefix):
            name = key.removeprefix(prefix)
            is_folder = kind is ThingKind.DATASET
            return dataset_thing(data_set_folder(name)) if is_folder else Thing(kind, name.removesuffix(".npz"))
    return None


def _told(key: str, thing: Thing | None, graph: ReferenceGraph) -> tuple[str, str]:
    """Project and kind of what lies under a key."""
    if thing is None:
        return NO_PROJECT, "audit log" if key.startswith(identity_keys.AUDIT_PREFIX) else "other"
    if thing.kind is ThingKind.JOB:
        job = graph.jobs.get(thing.name)
        return (job.row.project, job.row.kind) if job else (NO_PROJECT, "other")
    return project_of_thing(thing) or NO_PROJECT, _KINDS[thing.kind]
