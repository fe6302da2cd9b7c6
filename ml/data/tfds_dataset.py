"""Reads labelled images from TensorFlow Datasets, slice by slice, and decodes them one by one.

Describing a data set that is on disk needs no TensorFlow; reading its records does.
"""

from __future__ import annotations

import difflib
import socket
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import tensorflow_datasets as tfds

from ml.data.example import DatasetDescription, Example, slice_of
from ml.data.file_names import file_names
from ml.data.image_size import ImageSize
from ml.data.images import decode
from ml.data.record_file import read_records
from ml.errors import BadImage, DatasetUnavailable, UnknownName

REACH_TIMEOUT_S = 5.0
NAME = "file_name"
FEATURES = ("image", "label", NAME)
READ_AT_ONCE = 16


def describe(name: str, *, data_dir: str | None = None) -> DatasetDescription:
    """The classes and splits of a TFDS data set; see ``ml.data.datasets.describe``."""
    return _description(name, _prepared(name, data_dir))


def read(
    name: str,
    split: str,
    *,
    start: int = 0,
    stop: int | None = None,
    data_dir: str | None = None,
    image_size: ImageSize | None = None,
) -> Iterator[Example]:
    """The pictures of an absolute slice in the order of the files; see ``ml.data.datasets``."""
    builder = _prepared(name, data_dir)
    indices = slice_of(_description(name, builder), split, start, stop)
    return (_decoded(example, data, image_size) for example, data in _stored(builder, split, indices))


def identify(name: str, split: str, index: int, *, data_dir: str | None = None) -> Example:
    """One example without decoding its picture; see ``ml.data.datasets.identify``."""
    builder = _prepared(name, data_dir)
    [(example, _)] = _stored(builder, split, slice_of(_description(name, builder), split, index, index + 1))
    return example


def _stored(builder: Any, split: str, indices: range) -> Iterator[tuple[Example, bytes]]:
    """The examples without their pictures, each with the picture's bytes."""
    if not indices:
        return
    names = file_names(str(builder.data_path), split)
    if NAME in builder.info.features:
        names.read_until(indices.stop, lambda missing: _names(builder, split, missing))
    wanted = [feature for feature in FEATURES if feature in builder.info.features]
    for index, row in zip(indices, _records(builder, split, indices, wanted=wanted), strict=True):
        record = dict(zip(wanted, row, strict=True))
        image_id = names.image_id(index, _text(record[NAME])) if NAME in record else f"{split}-{index:07d}"
        label = int(record["label"])
        yield Example(image_id, index, label if label >= 0 else None, None), record["image"]


def _names(builder: Any, split: str, indices: range) -> Iterator[str]:
    return (_text(name) for (name,) in _records(builder, split, indices, wanted=[NAME]))


def _text(name: Any) -> str:
    return name.decode(errors="replace") if isinstance(name, bytes) else str(name)


def _records(builder: Any, split: str, indices: range, *, wanted: Sequence[str]) -> Iterator[tuple[Any, ...]]:
    """The wanted features of each record, in the order of the files."""
    files = builder.info.splits[f"{split}[{indices.start}:{indices.stop}]"].file_instructions
    if _are_plain(builder, files, wanted):
        return _plain_records(files, wanted)
    return _records_by_pipeline(builder, split, indices, wanted=wanted)


def _are_plain(builder: Any, files: Sequence[Any], wanted: Sequence[str]) -> bool:
    """Whether the files are TFRecords on this machine, and each wanted feature is one value of them."""
    features = builder.info.features
    values = (tfds.features.Image, tfds.features.ClassLabel, tfds.features.Text)
    return (
        builder.info.file_format == tfds.core.FileFormat.TFRECORD
        and all(isinstance(features[name], values) for name in wanted)
        and all(Path(each.filename).is_file() for each in files)
    )


def _plain_records(files: Sequence[Any], wanted: Sequence[str]) -> Iterator[tuple[Any, ...]]:
    import tensorflow as tf  # noqa: PLC0415  (describing does not need it)

    for each in files:
        for record in read_records(Path(each.filename), skip=each.skip, take=each.take):
            features = tf.train.Example.FromString(record).features.feature
            yield tuple(_value(features[name]) for name in wanted)


def _value(feature: Any) -> Any:
    """The one value of a feature, whatever its type."""
    return getattr(feature, feature.WhichOneof("kind")).value[0]


def _records_by_pipeline(
    builder: Any, split: str, indices: range, *, wanted: Sequence[str]
) -> Iterator[tuple[Any, ...]]:
    records = builder.as_dataset(
        split=f"{split}[{indices.start}:{indices.stop}]",
        shuffle_files=False,
        decoders={"image": tfds.decode.SkipDecoding()},
        # One file after the other, so that the order of the split is kept.
        read_config=tfds.ReadConfig(interleave_cycle_length=1, try_autocache=False, options=_plain_reading()),
    )
    batches = records.map(_only(wanted)).batch(READ_AT_ONCE)
    return (row for batch in batches.as_numpy_iterator() for row in _rows(batch, wanted))


def _rows(batch: Mapping[str, Any], names: Sequence[str]) -> Iterator[tuple[Any, ...]]:
    return zip(*(batch[name] for name in names), strict=True)


def _only(names: Sequence[str]) -> Any:
    """A function that drops the other features; kept from AutoGraph, which would write it to a file."""
    import tensorflow as tf  # noqa: PLC0415  (describing does not need it)

    return tf.autograph.experimental.do_not_convert(lambda record: {name: record[name] for name in names})


def _plain_reading() -> Any:
    """Options without autotuning: it cannot help sequential reading, and may delay the end of a slice by a second."""
    import tensorflow as tf  # noqa: PLC0415  (describing does not need it)

    options = tf.data.Options()
    options.autotune.enabled = False
    options.experimental_optimization.apply_default_optimizations = False
    options.threading.private_threadpool_size = 1
    return options


def _decoded(example: Example, data: bytes, image_size: ImageSize | None) -> Example:
    try:
        return replace(example, image=decode(data, image_size))
    except BadImage as error:
        return replace(example, error=str(error))


def _description(name: str, builder: Any) -> DatasetDescription:
    features = builder.info.features
    image, label = (dict(features.items()).get(key) for key in ("image", "label"))
    if not isinstance(image, tfds.features.Image) or not isinstance(label, tfds.features.ClassLabel):
        raise UnknownName(f"data set {name!r} has no 'image' and 'label' features: it has {', '.join(features)}")
    sizes = {split: int(info.num_examples) for split, info in builder.info.splits.items()}
    return DatasetDescription(name, tuple(label.names), sizes, has_masks=False, version=str(builder.info.version))


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
