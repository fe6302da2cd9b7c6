"""Reads labelled images from TensorFlow Datasets, slice by slice, and decodes them one by one.

Describing a data set that is on disk needs no TensorFlow; reading its records does.
"""

from __future__ import annotations

import difflib
import socket
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlsplit

import tensorflow_datasets as tfds

from ml.data.example import DatasetDescription, Example, slice_of
from ml.data.file_names import file_names
from ml.data.image_size import ImageSize
from ml.data.images import decode, from_array
from ml.data.label_choice import MOST_CLASSES
from ml.data.tfds_features import ChosenFeatures, chosen_features
from ml.data.tfds_records import records
from ml.errors import BadImage, BadOption, DatasetUnavailable, UnknownName

REACH_TIMEOUT_S = 5.0
NAME = "file_name"


def describe(name: str, *, data_dir: str | None = None, label: str | None = None) -> DatasetDescription:
    """The classes and splits of a TFDS data set; see ``ml.data.datasets.describe``.

    Args:
        name: of the data set.
        data_dir: where TFDS keeps its data.
        label: the feature that holds the labels; None: ``label``, or the only one.

    Raises:
        BadOption: that feature holds no labels, or there are several and none was named.
    """
    return _description(name, _prepared(name, data_dir), label)


def read(  # noqa: PLR0913  (where pictures come from, which ones, and how large)
    name: str,
    split: str,
    *,
    start: int = 0,
    stop: int | None = None,
    data_dir: str | None = None,
    image_size: ImageSize | None = None,
    label: str | None = None,
) -> Iterator[Example]:
    """The pictures of an absolute slice in the order of the files; see ``ml.data.datasets`` and ``describe``."""
    builder = _prepared(name, data_dir)
    indices = slice_of(_sized(name, builder), split, start, stop)
    chosen = chosen_features(name, builder.info.features, label)
    return (_decoded(example, data, image_size) for example, data in _stored(builder, split, indices, chosen))


def identify(name: str, split: str, index: int, *, data_dir: str | None = None, label: str | None = None) -> Example:
    """One example without decoding its picture; see ``ml.data.datasets.identify``."""
    builder = _prepared(name, data_dir)
    place = slice_of(_sized(name, builder), split, index, index + 1)
    [(example, _)] = _stored(builder, split, place, chosen_features(name, builder.info.features, label))
    return example


@dataclass(frozen=True)
class LabelledBy:
    """A TFDS data set with one of several labels; a ``ml.data.picture_source.PictureSource``."""

    name: str
    label: str
    data_dir: str | None = None
    fixed: bool = True

    @property
    def description(self) -> DatasetDescription:
        """Its classes and splits; its version tells the labels apart."""
        found = describe(self.name, data_dir=self.data_dir, label=self.label)
        return replace(found, version=f"{found.version} by {self.label}")

    def read(
        self, split: str, *, start: int = 0, stop: int | None = None, image_size: ImageSize | None = None
    ) -> Iterator[Example]:
        """The pictures of a slice."""
        return read(
            self.name,
            split,
            start=start,
            stop=stop,
            data_dir=self.data_dir,
            image_size=image_size,
            label=self.label,
        )

    def identify(self, split: str, index: int) -> Example:
        """One example without its picture."""
        return identify(self.name, split, index, data_dir=self.data_dir, label=self.label)

    def one_at_a_time(self) -> LabelledBy:
        """The same: records are decoded when they are asked for."""
        return self


def _stored(builder: Any, split: str, indices: range, chosen: ChosenFeatures) -> Iterator[tuple[Example, Any]]:
    """The examples without their pictures, each with the picture's bytes or pixels."""
    if not indices:
        return
    names = file_names(str(builder.data_path), split)
    if NAME in builder.info.features:
        names.read_until(indices.stop, lambda missing: _names(builder, split, missing))
    wanted = [chosen.image, chosen.label, *([NAME] if NAME in builder.info.features else [])]
    for index, row in zip(indices, records(builder, split, indices, wanted=wanted), strict=True):
        image, label, *name = row
        image_id = names.image_id(index, _text(name[0])) if name else f"{split}-{index:07d}"
        yield Example(image_id, index, int(label) if label >= 0 else None, None), image


def _names(builder: Any, split: str, indices: range) -> Iterator[str]:
    return (_text(name) for (name,) in records(builder, split, indices, wanted=[NAME]))


def _text(name: Any) -> str:
    return name.decode(errors="replace") if isinstance(name, bytes) else str(name)


def _decoded(example: Example, data: Any, image_size: ImageSize | None) -> Example:
    try:
        return replace(example, image=(decode if isinstance(data, bytes) else from_array)(data, image_size))
    except BadImage as error:
        return replace(example, error=str(error))


def _description(name: str, builder: Any, label: str | None) -> DatasetDescription:
    chosen = chosen_features(name, builder.info.features, label)
    names = chosen.class_names
    if names is None:
        names = tuple(map(str, range(_classes_counted(name, builder, chosen.label))))
    return replace(_sized(name, builder), class_names=names)


def _sized(name: str, builder: Any) -> DatasetDescription:
    """The splits; the classes are left out, which may have to be counted."""
    sizes = {split: int(info.num_examples) for split, info in builder.info.splits.items()}
    return DatasetDescription(name, (), sizes, has_masks=False, version=str(builder.info.version))


_counted: dict[tuple[str, str], int] = {}


def _classes_counted(name: str, builder: Any, label: str) -> int:
    """One more than the largest label in any split; every label is read, once in a process."""
    place = (str(builder.data_path), label)
    if place not in _counted:
        sizes = _sized(name, builder).splits
        rows = (row for split, size in sizes.items() for row in records(builder, split, range(size), wanted=[label]))
        _counted[place] = 1 + max((int(value) for (value,) in rows), default=-1)
    if not 0 < _counted[place] <= MOST_CLASSES:
        raise BadOption(
            f"data set {name!r}: the largest number in {label!r} is {_counted[place] - 1}, so it tells no classes: "
            f"these are numbered from 0, and there are at most {MOST_CLASSES}",
            field="label",
        )
    return _counted[place]


def _prepared(name: str, data_dir: str | None) -> Any:
    """The builder of a data set that is on disk; downloads it first if necessary."""
    try:
        builder = tfds.builder(name, data_dir=data_dir)
    except (tfds.core.DatasetNotFoundError, ValueError, AssertionError) as error:  # also of versions and configurations
        close = ", ".join(difflib.get_close_matches(name, tfds.list_builders(), n=5)) or "none"
        raise UnknownName(
            f"no data set {name!r}: use 'synthetic_flowers', 'oxford_flowers102' or another TFDS name with "
            f"'image' and 'label' features, in a version that there is (close to it: {close})"
        ) from error
    if not builder.is_prepared():
        _download(name, builder)
    return builder


def _download(name: str, builder: Any) -> None:
    try:
        _require_publisher(builder)
        builder.download_and_prepare()
    except Exception as error:  # whatever stops a download, the advice is the same
        raise DatasetUnavailable(
            f"data set {name!r} is not in {builder.data_path} and could not be downloaded ({error}): set "
            f"TFDS_DATA_DIR to a folder where TFDS has prepared it, or run 'tfds build {name}' with a network"
        ) from error


def _require_publisher(builder: Any) -> None:
    """Fail within seconds where there is no network: TFDS itself retries for minutes."""
    if urllib.request.getproxies():
        return
    for url in list(builder.url_infos or {})[:1]:
        parts = urlsplit(url)
        port = parts.port or (80 if parts.scheme == "http" else 443)
        socket.create_connection((parts.hostname or "", port), timeout=REACH_TIMEOUT_S).close()
