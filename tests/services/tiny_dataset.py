"""Writes a small data set to disk as TensorFlow Datasets prepares them, damaged pictures and all."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

NAME = "tiny_flowers"
CLASSES = ("rose", "tulip", "daisy")


@dataclass(frozen=True)
class Picture:
    """One record: the bytes of a file, its class (−1: none) and its name."""

    data: bytes
    label: int
    file_name: str


def write_dataset(
    folder: Path, splits: Mapping[str, Sequence[Picture]], *, name: str = NAME, with_images: bool = True
) -> None:
    """Write a data set that TFDS finds in ``folder`` under ``name``.

    Args:
        folder: what ``TFDS_DATA_DIR`` is to name.
        splits: pictures of each split, in the order in which they are to be read.
        name: of the data set.
        with_images: without them there are labels and file names only.
    """
    import tensorflow_datasets as tfds  # noqa: PLC0415  (its import takes seconds)

    features: dict[str, Any] = {"label": tfds.features.ClassLabel(names=CLASSES), "file_name": tfds.features.Text()}
    if with_images:
        features["image"] = tfds.features.Image(encoding_format="jpeg")
    rows = {
        split: [{"image": one.data, "label": one.label, "file_name": one.file_name} for one in pictures]
        for split, pictures in splits.items()
    }
    write_features(folder, features, rows, name=name)


def write_features(
    folder: Path, features: Mapping[str, Any], splits: Mapping[str, Sequence[Mapping[str, Any]]], *, name: str
) -> None:
    """Write a data set of any features; what a row has beside them is left out."""
    import tensorflow_datasets as tfds  # noqa: PLC0415  (its import takes seconds)

    where = folder / name / "1.0.0"
    where.mkdir(parents=True)
    identity = tfds.core.dataset_info.DatasetIdentity(
        name=name,
        version=tfds.core.Version("1.0.0"),
        data_dir=str(where),
        module_name="",
    )
    info = tfds.core.DatasetInfo(builder=identity, features=tfds.features.FeaturesDict(dict(features)))
    writer = tfds.core.SequentialWriter(info, max_examples_per_shard=3, overwrite=True)
    writer.initialize_splits(list(splits))
    for split, rows in splits.items():
        writer.add_examples({split: [{key: row[key] for key in features} for row in rows]})
    writer.close_all()
