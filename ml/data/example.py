"""Defines the description of a data set and one labelled picture of it, for all sources of data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from ml.errors import MlError, UnknownName


@dataclass(frozen=True)
class DatasetDescription:
    """What is known about a data set without reading its pictures.

    Attributes:
        name: as the caller gave it.
        class_names: one per label, in label order.
        splits: pictures per split.
        has_masks: whether each example carries the true mask of the flower.
        version: the publisher's number of this release, or None.
        labels_left_out: why no picture has a label; empty where pictures have.
        changed: places of pictures that are others than in the job that this one retries, by split.
        own_names: names of classes as the source spells them, by label, where they differ from ``class_names``.
    """

    name: str
    class_names: tuple[str, ...]
    splits: Mapping[str, int]
    has_masks: bool
    version: str | None = None
    labels_left_out: str = ""
    own_names: Mapping[int, str] = field(default_factory=dict)
    changed: Mapping[str, frozenset[int]] = field(default_factory=dict)


@dataclass(frozen=True, eq=False)
class Example:
    """One picture of a split, or the reason why it cannot be used.

    Attributes:
        image_id: unique within the split.
        index: position within the split.
        label: class index, or None where the picture has no label.
        image: (H, W, 3) uint8, or None; ``error`` then says why.
        mask: (H, W) bool, true on the flower, or None.
        error: what is wrong with the picture, or None.
    """

    image_id: str
    index: int
    label: int | None
    image: NDArray[np.uint8] | None
    mask: NDArray[np.bool_] | None = None
    error: str | None = None


def resolve_split(description: DatasetDescription, split: str) -> tuple[str, range]:
    """Resolve ``train``, ``train[0:800]`` or ``train[0%:80%]`` to the split's name and absolute indices.

    A slice is cut off at the split's end; shares are rounded down.

    Raises:
        UnknownName: no such split.
        MlError: the slice is malformed, or starts after the end.
    """
    name, bracket, window = split.partition("[")
    low, colon, high = window.removesuffix("]").partition(":")
    size = len(slice_of(description, name, 0, None))
    try:
        start, stop = _place(low or "0", size), _place(high or "100%", size)
    except ValueError:
        start, stop, colon = 0, 0, ""
    if bracket and not colon:
        raise MlError(f"split {split!r} is no slice: write {name}[from:to] with numbers of images, or shares in %")
    return name, slice_of(description, name, start, min(stop, size))


def _place(text: str, size: int) -> int:
    return size * int(text[:-1]) // 100 if text.endswith("%") else int(text)


def label_problem(label: int | None, *, classes: int) -> str | None:
    """Why a label is not one of the classes, or None where it is."""
    if label is None:
        return "it has no label"
    return None if 0 <= label < classes else f"its label {label} is out of range: there are {classes} classes"


def slice_of(description: DatasetDescription, split: str, start: int, stop: int | None) -> range:
    """The absolute indices of a slice of a split.

    Raises:
        UnknownName: no such split; the message lists those there are.
        MlError: the slice does not lie within the split.
    """
    if split not in description.splits:
        known = ", ".join(sorted(description.splits))
        raise UnknownName(f"data set {description.name!r} has no split {split!r}: it has {known}")
    size = description.splits[split]
    end = size if stop is None else stop
    if not 0 <= start <= end <= size:
        raise MlError(f"slice {split}[{start}:{end}] does not lie within the {size} images of the split")
    return range(start, end)
