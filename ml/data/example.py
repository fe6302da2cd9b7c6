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
        own_names: names of classes as the source spells them, by label, where they differ from ``class_names``.
    """

    name: str
    class_names: tuple[str, ...]
    splits: Mapping[str, int]
    has_masks: bool
    version: str | None = None
    labels_left_out: str = ""
    own_names: Mapping[int, str] = field(default_factory=dict)


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
    """Resolve ``train`` or ``train[0:800]`` to the split's name and absolute indices; cut off at the split's end.

    Raises:
        UnknownName: no such split.
        MlError: the slice is malformed, or starts after the end.
    """
    name, bracket, window = split.partition("[")
    low, colon, high = window.removesuffix("]").partition(":")
    try:
        start, stop = int(low or 0), int(high) if high else None
    except ValueError:
        start, stop, colon = 0, None, ""
    if bracket and not colon:
        raise MlError(f"split {split!r} is no slice: write {name}[from:to] with numbers of images")
    size = len(slice_of(description, name, 0, None))
    return name, slice_of(description, name, start, size if stop is None else min(stop, size))


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
