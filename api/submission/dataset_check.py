"""Checks the data sets and splits that a specification names, as far as they are known without TensorFlow."""

from __future__ import annotations

from api.http.caller import current_caller
from api.readers.dataset_index import DatasetIndex
from jobs import keys
from jobs.errors import InvalidSpec
from jobs.listings.image_listing import ALL
from jobs.names.built_in_datasets import BUILT_IN_DATASETS
from jobs.names.dataset_place import STORE_SCHEME, DatasetPlace, check_place, check_project, place_of
from jobs.names.near_name import did_you_mean, near_name
from jobs.names.project_name import data_set_folder
from jobs.names.split_name import SPLITS
from jobs.names.tfds_names import TFDS_NAMES
from jobs.plan import split_bounds
from jobs.specs.needs import SplitOfDataset
from jobs.specs.train_splits import TOGETHER
from store.base import ObjectStore
from store.key import InvalidKey

_OF_FOLDERS = (*SPLITS, ALL)
_PUBLIC = TFDS_NAMES.union(BUILT_IN_DATASETS)


class DatasetCheck:
    """Looks data sets up among those that are built in, prepared on this machine, in the store, or of TFDS."""

    def __init__(self, store: ObjectStore, index: DatasetIndex) -> None:
        self._store = store
        self._index = index

    def check(self, dataset: str, *, field: str) -> None:
        """Let a data set pass that is there, or that a worker may know.

        Raises:
            InvalidSpec: a folder is empty, jobs may not read it, or the name is almost that of a data set, and none
                itself.
        """
        check_place(dataset, allowed=self._index.prefixes, field=field)
        place = place_of(dataset)
        if place is not None:
            if not place.bucket:
                self._check_folder(dataset, place, field=field)
            return
        family = dataset.partition(":")[0].partition("/")[0]
        if family in _PUBLIC:
            return
        known = _PUBLIC.union(self._index.families())
        meant = near_name(family, known)
        if family not in known and meant is not None:
            raise InvalidSpec(
                f"there is no data set {dataset!r}: did you mean {meant!r}? GET /v1/datasets lists those that are "
                "ready; one of your own is known here if it lies in TFDS_DATA_DIR of the API, too",
                field=field,
            )

    def check_split(self, needed: SplitOfDataset, *, field: str) -> None:
        """Let a split pass that the data set has, or may have.

        Raises:
            InvalidSpec: it has not, or the slice holds no image.
        """
        dataset, splits = needed
        for split in splits.split(TOGETHER):
            self._check_one(dataset, split, field=field)

    def _check_one(self, dataset: str, split: str, *, field: str) -> None:
        if place_of(dataset) is not None:
            _check_split_of_folder(dataset, split.partition("[")[0], field=field)
            return
        item = self._index.find(dataset)
        if item is not None and item.splits is not None:
            split_bounds(split, sizes=item.splits, dataset=dataset, field=field)

    def _check_folder(self, dataset: str, place: DatasetPlace, *, field: str) -> None:
        check_project(dataset, place, project=current_caller().project, field=field)
        prefix = place.folder + place.file
        self._index.check_there(
            data_set_folder(place.folder.removeprefix(keys.DATASETS_PREFIX).strip("/")), field=field
        )
        try:
            empty = next(iter(self._store.list(prefix, limit=1)), None) is None
        except InvalidKey as error:
            raise InvalidSpec(f"data set {dataset!r}: {error}", field=field) from error
        if empty:
            raise InvalidSpec(
                f"data set {dataset!r}: there is nothing under {prefix!r} in {self._store.url}; "
                f"'florescope upload' puts a folder there{self._meant(dataset)}",
                field=field,
            )

    def _meant(self, dataset: str) -> str:
        there = self._index.folders({current_caller().project})
        return did_you_mean(dataset, [f"{STORE_SCHEME}{keys.DATASETS_PREFIX}{name}" for name in there], cutoff=0.9)


def _check_split_of_folder(dataset: str, split: str, *, field: str) -> None:
    """What lies in the folder is for the worker to list; here only a slip of the pen is found."""
    meant = "" if split in _OF_FOLDERS else did_you_mean(split, _OF_FOLDERS)
    if meant:
        raise InvalidSpec(f"{dataset}: split {split!r} does not exist{meant}", field=field)
