"""Lists the data sets that jobs can name, as far as they can be seen without TensorFlow."""

from __future__ import annotations

import glob
import json
from collections.abc import Collection, Iterator, Sequence
from contextlib import suppress
from functools import partial
from itertools import chain
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, Field

from api.http.caller import visible_projects
from api.readers.deleted_things import DeletedThings
from dispatch.housekeeping.archive import archived_names
from dispatch.refusal import unless_refused
from jobs import keys
from jobs.errors import Corrupt, InvalidSpec, NewerVersion, ObjectNotFound
from jobs.housekeeping.thing import ThingKind, dataset_thing
from jobs.identity.dataset_record import DatasetRecord
from jobs.names.built_in_datasets import BUILT_IN_DATASETS
from jobs.names.dataset_place import STORE_SCHEME
from jobs.names.project_name import DEFAULT_PROJECT, PROJECT_MARK, folder_prefix, project_of_folder
from store.base import ObjectStore
from store.document_cache import DocumentCache
from store.key import InvalidKey

RECORDS_BYTES = 2**20
_INFO, _FEATURES, _LABELS = "dataset_info.json", "features.json", ".labels.txt"


class DatasetItem(BaseModel):
    """One data set."""

    name: str = Field(description="What a job names it by.")
    kind: Literal["built_in", "tfds", "folder"]
    splits: dict[str, int] | None = Field(default=None, description="Images per split; null where nobody counted.")
    classes: int | None = None
    project: str | None = Field(default=None, description="The people of which see it; null: everybody does.")
    submitter: str = Field(default="", description="Who made the folder; empty where nobody had to say.")
    archived: bool = False


class DatasetIndex:
    """Looks for data sets on disk and in the store.

    Attributes:
        prefixes: in S3, such as ``s3://bucket/pictures``: below them any folder is a data set.
    """

    def __init__(
        self,
        store: ObjectStore,
        tfds_dir: Path | None,
        *,
        prefixes: Sequence[str] = (),
        deleted: DeletedThings | None = None,
    ) -> None:
        self.prefixes = tuple(prefixes)
        self._store = store
        self._deleted = deleted or DeletedThings(store)
        self._records = DocumentCache(DatasetRecord, max_bytes=RECORDS_BYTES)
        self._tfds_dir = tfds_dir or Path.home() / "tensorflow_datasets"

    def items(self) -> Iterator[DatasetItem]:
        """Built-in ones, those that TFDS has prepared on this machine, and folders of the caller's projects."""
        for name in BUILT_IN_DATASETS:
            yield _built_in(name)
        yield from self._prepared("*")
        archived = archived_names(ThingKind.DATASET, self._store)
        for folder in self.folders(visible_projects()):
            yield self._folder(folder, archived=folder in archived)

    def folders(self, projects: Collection[str] | None) -> Iterator[str]:
        """The folders of these projects, ``None`` for all, that are not deleted: nothing of others is looked at."""
        if projects is None:
            marked = folders(self._store, keys.DATASETS_PREFIX + PROJECT_MARK)
            projects = {DEFAULT_PROJECT, *(name.removeprefix(PROJECT_MARK) for name in marked)}
        deleted = self._deleted.names(ThingKind.DATASET)
        for project in sorted(projects, key=lambda name: (name != DEFAULT_PROJECT, name)):
            prefix = folder_prefix(project)
            for folder in folders(self._store, keys.DATASETS_PREFIX + prefix):
                if (prefix or not folder.startswith(PROJECT_MARK)) and prefix + folder not in deleted:
                    yield prefix + folder

    def folder(self, folder: str) -> DatasetItem:
        """One folder below ``datasets/``."""
        return self._folder(folder, archived=folder in archived_names(ThingKind.DATASET, self._store))

    def check_there(self, folder: str, *, field: str = "") -> None:
        """Let a folder below ``datasets/`` pass that is not deleted.

        Raises:
            InvalidSpec: it is.
        """
        if dataset_thing(folder) in self._deleted:
            name = f"{STORE_SCHEME}{keys.DATASETS_PREFIX}{folder}"
            raise InvalidSpec(
                f"data set {name!r} is deleted: within a day, 'florescope restore {name}' brings it back", field=field
            )

    def _folder(self, folder: str, *, archived: bool) -> DatasetItem:
        name = f"{STORE_SCHEME}{keys.DATASETS_PREFIX}{folder}"
        project = project_of_folder(folder)
        record = unless_refused(partial(self._record, folder), self._store, otherwise=None, folder=folder)
        submitter = "" if record is None else record.submitter
        return DatasetItem(name=name, kind="folder", project=project, submitter=submitter, archived=archived)

    def _record(self, folder: str) -> DatasetRecord | None:
        with suppress(ObjectNotFound, InvalidKey, Corrupt, NewerVersion):
            return self._records.read(keys.dataset_record(folder), self._store)
        return None

    def find(self, name: str) -> DatasetItem | None:
        """The built-in or prepared data set of this name, of which the splits are known; nothing else is read."""
        if name in BUILT_IN_DATASETS:
            return _built_in(name)
        return next((item for item in self._prepared(glob.escape(name.partition("/")[0])) if item.name == name), None)

    def families(self) -> Iterator[str]:
        """The names of prepared data sets, without configurations."""
        yield from {item.name.partition("/")[0] for item in self._prepared("*")}

    def _prepared(self, family: str) -> Iterator[DatasetItem]:
        """Of each data set the newest version; of one name, or of all."""
        found: dict[str, DatasetItem] = {}
        paths = (self._tfds_dir.glob(f"{family}/{depth}/{_INFO}") for depth in ("*", "*/*"))
        for path in sorted(chain.from_iterable(paths), key=lambda path: _version(path.parent.name)):
            item = _prepared_item(path)
            if item is not None:
                found[item.name] = item
        yield from (found[name] for name in sorted(found))


def folders(store: ObjectStore, prefix: str) -> Iterator[str]:
    """Names of the folders right under a prefix: one look at the store for each, whatever they hold."""
    after: str | None = None
    while True:
        info = next(iter(store.list(prefix, after=after, limit=1)), None)
        if info is None:
            return
        name, inside, _ = info.key.removeprefix(prefix).partition("/")
        if inside:
            yield name
        after = f"{prefix}{name}0" if inside else info.key  # "0" is the character after "/"


def _built_in(name: str) -> DatasetItem:
    known = BUILT_IN_DATASETS[name]
    return DatasetItem(name=name, kind="built_in", splits=dict(known.splits), classes=known.classes)


def _prepared_item(path: Path) -> DatasetItem | None:
    """What TFDS wrote down of a data set; None where it is no labelled image data set, or cannot be read."""
    try:
        info = json.loads(path.read_text(encoding="utf-8"))
        features = json.loads(path.with_name(_FEATURES).read_text(encoding="utf-8"))["featuresDict"]["features"]
        if not (_has(features, "image", "Image") and _has(features, "label", "ClassLabel")):
            return None
        name = "/".join(part for part in (info["name"], info.get("configName")) if part)
        splits = {split["name"]: _images(split) for split in info["splits"]}
        classes = _classes(path)
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return DatasetItem(name=name, kind="tfds", splits=splits, classes=classes)


def _has(features: dict[str, Any], name: str, kind: str) -> bool:
    """Whether a feature has this name, or is of this class of TFDS."""
    return name in features or any(str(each.get("pythonClassName")).endswith(f".{kind}") for each in features.values())


def _classes(info: Path) -> int | None:
    """How many names of classes lie beside the description; None where several labels have some."""
    files = list(info.parent.glob(f"*{_LABELS}"))
    named = info.with_name(f"label{_LABELS}")
    chosen = named if named in files else files[0] if len(files) == 1 else None
    return len(chosen.read_text(encoding="utf-8").splitlines()) if chosen else None


def _images(split: dict[str, Any]) -> int:
    return sum(int(length) for length in split["shardLengths"])


def _version(name: str) -> tuple[int, ...]:
    return tuple(int(part) if part.isdecimal() else 0 for part in name.split("."))
