"""Checks the data sets and splits that a specification names, as far as they are known without TensorFlow."""

from __future__ import annotations

from functools import cached_property

from api.readers.dataset_index import DatasetIndex, DatasetItem, folders
from jobs import keys
from jobs.errors import InvalidSpec
from jobs.image_listing import ALL, SPLITS, STORE_SCHEME, check_folder, is_store_folder, prefix_of
from jobs.near_name import did_you_mean, near_name
from jobs.plan import split_bounds
from jobs.specs.needs import SplitOfDataset
from jobs.tfds_names import TFDS_NAMES
from store.base import ObjectStore
from store.key import InvalidKey

_OF_FOLDERS = (*SPLITS, ALL)


class DatasetCheck:
    """Looks data sets up among those that are built in, prepared on this machine, in the store, or of TFDS."""

    def __init__(self, store: ObjectStore, index: DatasetIndex) -> None:
        self._store = store
        self._index = index

    def check(self, dataset: str, *, field: str) -> None:
        """Let a data set pass that is there, or that a worker may know.

        Raises:
            InvalidSpec: a folder is empty, or the name is almost that of a data set, and none itself.
        """
        if is_store_folder(dataset):
            self._check_folder(dataset, field=field)
            return
        known = TFDS_NAMES | {_family(name) for name in self._counted}
        meant = None if _family(dataset) in known else near_name(_family(dataset), known)
        if meant is not None:
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
        item = self._counted.get(needed.dataset)
        if item is not None and item.splits is not None:
            split_bounds(needed.split, sizes=item.splits, dataset=needed.dataset, field=field)
        name = needed.split.partition("[")[0]
        if is_store_folder(needed.dataset) and name not in _OF_FOLDERS and near_name(name, _OF_FOLDERS):
            raise InvalidSpec(
                f"{needed.dataset}: split {name!r} does not exist{did_you_mean(name, _OF_FOLDERS)}", field=field
            )

    @cached_property
    def _counted(self) -> dict[str, DatasetItem]:
        return {item.name: item for item in self._index.counted()}

    def _check_folder(self, dataset: str, *, field: str) -> None:
        check_folder(dataset, field=field)
        prefix = prefix_of(dataset)
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
        there = folders(self._store, keys.DATASETS_PREFIX)
        return did_you_mean(dataset, [f"{STORE_SCHEME}{keys.DATASETS_PREFIX}{name}" for name in there], cutoff=0.9)


def _family(dataset: str) -> str:
    """The name without configuration and version."""
    return dataset.partition(":")[0].partition("/")[0]
