"""Describes and reads data sets by name: classes, splits, and pictures in a fixed order, each decoded when needed.

Describing a data set does not load TensorFlow. ``synthetic_flowers`` is built in, the pictures of a folder come from
the caller, and any other name is looked up in TensorFlow Datasets (TFDS).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from ml.data.example import DatasetDescription, Example
from ml.data.image_size import ImageSize
from ml.data.images import resize
from ml.data.picture_source import PictureSource
from ml.data.synthetic import synthetic_flowers

__all__ = ["DatasetDescription", "Example", "describe", "identify", "labelled_by", "read"]


def describe(name: str, *, data_dir: str | None = None, folder: PictureSource | None = None) -> DatasetDescription:
    """The classes and splits of a data set.

    Args:
        name: ``synthetic_flowers`` or a TFDS name with pictures and labels.
        data_dir: where TFDS keeps its data; None for its default (``TFDS_DATA_DIR``, else the home folder).
        folder: the pictures of the caller; the name is then not looked up.

    Raises:
        UnknownName: no such data set, or one without images and labels.
        DatasetUnavailable: it is not on disk and cannot be downloaded.
    """
    if folder is not None:
        return folder.description
    if name == synthetic_flowers.NAME:
        return synthetic_flowers.describe()
    from ml.data import tfds_dataset  # noqa: PLC0415  (its import takes a second; drawn flowers need none of it)

    return tfds_dataset.describe(name, data_dir=data_dir)


def read(  # noqa: PLR0913  (where pictures come from, which ones, and how large)
    name: str,
    split: str,
    *,
    start: int = 0,
    stop: int | None = None,
    data_dir: str | None = None,
    folder: PictureSource | None = None,
    image_size: ImageSize | None = None,
) -> Iterator[Example]:
    """Read the pictures ``split[start:stop]``, always in the same order; a bad picture gives an example with an error.

    Args:
        name: as for ``describe``.
        split: one of those described.
        start: of the slice.
        stop: of the slice; None for the end of the split.
        data_dir: as for ``describe``.
        folder: as for ``describe``.
        image_size: scale and crop the pictures to this size, as ``ml.data.images.resize`` does, while they are decoded,
            which costs less; masks keep their size.

    Raises:
        UnknownName: no such data set or split.
        MlError: the slice does not lie within the split.
        DatasetUnavailable: it is not on disk and cannot be downloaded.
    """
    if folder is not None:
        return folder.read(split, start=start, stop=stop, image_size=image_size)
    if name == synthetic_flowers.NAME:
        drawn = synthetic_flowers.read(split, start=start, stop=stop)
        return drawn if image_size is None else (_resized(example, image_size) for example in drawn)
    from ml.data import tfds_dataset  # noqa: PLC0415

    return tfds_dataset.read(name, split, start=start, stop=stop, data_dir=data_dir, image_size=image_size)


def identify(
    name: str, split: str, index: int, *, data_dir: str | None = None, folder: PictureSource | None = None
) -> Example:
    """The example at ``index`` as ``read`` gives it, without its picture, which is not decoded.

    Raises:
        UnknownName: no such data set or split.
        MlError: the index does not lie within the split.
        DatasetUnavailable: it is not on disk and cannot be downloaded.
    """
    if folder is not None:
        return folder.identify(split, index)
    if name == synthetic_flowers.NAME:
        return synthetic_flowers.identify(split, index)
    from ml.data import tfds_dataset  # noqa: PLC0415

    return tfds_dataset.identify(name, split, index, data_dir=data_dir)


def labelled_by(name: str, label: str, *, data_dir: str | None = None) -> PictureSource:
    """A TFDS data set by one of its several labels; it is looked up when it is used."""
    from ml.data import tfds_dataset  # noqa: PLC0415

    return tfds_dataset.LabelledBy(name, label, data_dir)


def _resized(example: Example, size: ImageSize) -> Example:
    return example if example.image is None else replace(example, image=resize(example.image, size))
