"""What a job refers to: things that must not go while it is there."""

from __future__ import annotations

from collections.abc import Iterator

from jobs.housekeeping.thing import Thing, ThingKind, dataset_thing, job_thing, upload_thing
from jobs.job import Job
from jobs.keys import DATASETS_PREFIX
from jobs.names.dataset_place import place_of
from jobs.names.project_name import data_set_folder
from jobs.specs.spec_values import JOB_REFERENCE


def references_of(job: Job) -> frozenset[Thing]:
    """The jobs, folders and uploads that the specification of a job names, and the job that it takes up again.

    A model is named by the id of the job that made it. A sweep does not name its trials: they name their parent.
    """
    return frozenset(thing for thing in _named(job) if thing != job_thing(job.id))


def _named(job: Job) -> Iterator[Thing]:
    needs = job.spec.needs()
    for dataset in (*needs.datasets.values(), *(split.dataset for split in needs.splits.values())):
        folder = folder_of_dataset(dataset)
        if folder is not None:
            yield dataset_thing(folder)
    named = (*needs.models.values(), *needs.results.values(), *needs.jobs.values(), *job.spec.awaited)
    for name in named:
        yield job_thing(name.removeprefix(JOB_REFERENCE))
    for sha256 in needs.uploads.values():
        yield upload_thing(sha256, job.project)
    if job.retry_of is not None:
        yield job_thing(job.retry_of)


def folder_of_dataset(dataset: str) -> str | None:
    """The folder below ``datasets/`` in which a data set lies; None where it lies elsewhere."""
    place = place_of(dataset)
    if place is None or place.bucket or not place.folder.startswith(DATASETS_PREFIX):
        return None
    return data_set_folder(place.folder.removeprefix(DATASETS_PREFIX).strip("/"))


def encoded(things: frozenset[Thing]) -> tuple[str, ...]:
    """The things as texts, in the form in which the index of jobs stores them."""
    return tuple(sorted(f"{thing.kind.value}:{thing.name}" for thing in things))


def decoded(texts: tuple[str, ...]) -> frozenset[Thing]:
    """The things that ``encoded`` wrote; kinds that only a later release knows are left out."""
    known = {kind.value for kind in ThingKind}
    parts = (text.partition(":") for text in texts)
    return frozenset(Thing(ThingKind(kind), name) for kind, _, name in parts if kind in known)
