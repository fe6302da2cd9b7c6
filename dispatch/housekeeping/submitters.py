"""Finds who put the things of a store there."""

from __future__ import annotations

from collections.abc import Iterator

from dispatch.housekeeping.reference_graph import ReferenceGraph
from dispatch.refusal import readable
from jobs import keys
from jobs.housekeeping.thing import Thing, ThingKind, dataset_thing, job_thing
from jobs.identity.dataset_record import DatasetRecord
from store.base import ObjectStore


def submitters(graph: ReferenceGraph, store: ObjectStore) -> dict[Thing, str]:
    """Names by job, folder and upload, as far as they are known; reads one document for each folder.

    An upload is of whoever imported it first.
    """
    found = {job_thing(job_id): job.submitter for job_id, job in graph.jobs.items()}
    for _, job in sorted(graph.jobs.items(), reverse=True):
        found |= {thing: job.submitter for thing in job.refers_to if thing.kind is ThingKind.UPLOAD}
    for record in _records(store):
        found[dataset_thing(record.folder)] = record.submitter
    return {thing: name for thing, name in found.items() if name}


def _records(store: ObjectStore) -> Iterator[DatasetRecord]:
    """Those that can be read, and that the store does not refuse."""
    for info in store.list(keys.DATASET_RECORDS):
        record = readable(info.key, DatasetRecord.decode, store)
        if record is not None:
            yield record
