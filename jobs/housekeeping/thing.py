"""Names what can be deleted: jobs with the models that they made, folders of pictures, uploaded files, features."""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple

from jobs import keys
from jobs.housekeeping import housekeeping_keys
from jobs.names.project_name import DEFAULT_PROJECT, project_of_folder


class ThingKind(StrEnum):
    """What a thing is.

    Attributes:
        JOB: by its id; the model that it made is part of it.
        DATASET: a folder below ``datasets/``, such as ``mine`` or ``@rose/mine``.
        UPLOAD: a file that a user sent: its SHA-256, and before it the project where that is not the default one.
        FEATURES: of a frozen backbone, by their digest; they belong to no project.
    """

    JOB = "job"
    DATASET = "dataset"
    UPLOAD = "upload"
    FEATURES = "features"


class Thing(NamedTuple):
    """A thing of the store."""

    kind: ThingKind
    name: str

    def __str__(self) -> str:
        """For messages to people, such as ``data set mine``."""
        return f"{_WORDS[self.kind]} {self.name}"

    @property
    def deletion_key(self) -> str:
        """Where it is written that the thing is deleted."""
        return housekeeping_keys.deletion(self.kind.value, self.name)

    @property
    def archived_key(self) -> str:
        """Exists while the thing is archived; of jobs, their remarks say so instead."""
        return housekeeping_keys.archived(self.kind.value, self.name)


_WORDS = {
    ThingKind.JOB: "job",
    ThingKind.DATASET: "data set",
    ThingKind.UPLOAD: "upload",
    ThingKind.FEATURES: "features",
}


def job_thing(job_id: str) -> Thing:
    """A job."""
    return Thing(ThingKind.JOB, job_id)


def dataset_thing(folder: str) -> Thing:
    """A folder of pictures."""
    return Thing(ThingKind.DATASET, folder)


def upload_thing(sha256: str, project: str) -> Thing:
    """A file that was sent for a project."""
    return Thing(ThingKind.UPLOAD, sha256 if project == DEFAULT_PROJECT else f"{project}/{sha256}")


def project_of_thing(thing: Thing) -> str | None:
    """The project that the name of a thing tells; None of a job, whose documents tell it, and of features."""
    if thing.kind is ThingKind.DATASET:
        return project_of_folder(thing.name)
    if thing.kind is ThingKind.UPLOAD:
        return thing.name.rpartition("/")[0] or DEFAULT_PROJECT
    return None


def prefixes_of(thing: Thing) -> tuple[str, ...]:
    """What the keys of all objects of a thing begin with, or are; of one that is no job, the first is always there."""
    if thing.kind is ThingKind.DATASET:
        return f"{keys.DATASETS_PREFIX}{thing.name}/", keys.dataset_record(thing.name)
    if thing.kind is ThingKind.UPLOAD:
        return (f"{keys.UPLOADS_PREFIX}{thing.name}",)
    if thing.kind is ThingKind.FEATURES:
        return (keys.features(thing.name),)
    return (keys.model(thing.name), keys.job(thing.name))


def thing_of_deletion(key: str) -> Thing | None:
    """The thing whose deletion lies under this key; None of a kind that a later release knows."""
    kind, _, name = key.removeprefix(housekeeping_keys.DELETIONS_PREFIX).removesuffix(".json").partition("/")
    try:
        return Thing(ThingKind(kind), name)
    except ValueError:
        return None
