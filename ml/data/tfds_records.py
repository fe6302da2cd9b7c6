"""Reads the records of a TFDS data set in the order of its files, as plain TFRecords where that is possible."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import tensorflow_datasets as tfds

from ml.data.record_file import read_records

READ_AT_ONCE = 16


def records(builder: Any, split: str, indices: range, *, wanted: Sequence[str]) -> Iterator[tuple[Any, ...]]:
    """The wanted features of each record, in the order of the files."""
    files = builder.info.splits[f"{split}[{indices.start}:{indices.stop}]"].file_instructions
    if _are_plain(builder, files, wanted):
        return _plain_records(files, wanted)
    return _records_by_pipeline(builder, split, indices, wanted=wanted)


def _are_plain(builder: Any, files: Sequence[Any], wanted: Sequence[str]) -> bool:
    """Whether the files are TFRecords on this machine, and each wanted feature is one value of them."""
    features = builder.info.features
    return (
        builder.info.file_format == tfds.core.FileFormat.TFRECORD
        and all(_is_one_value(features[name]) for name in wanted)
        and all(Path(each.filename).is_file() for each in files)
    )


def _is_one_value(feature: Any) -> bool:
    return isinstance(feature, tfds.features.Image) or (
        isinstance(feature, tfds.features.Tensor) and feature.shape == () and not feature._encoded_to_bytes
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
    features = builder.info.features
    pictures = [name for name, feature in features.items() if isinstance(feature, tfds.features.Image)]
    # Arrays of pixels may differ in size, which a batch cannot hold.
    at_once = READ_AT_ONCE if all(_is_one_value(features[name]) for name in wanted) else 1
    records = builder.as_dataset(
        split=f"{split}[{indices.start}:{indices.stop}]",
        shuffle_files=False,
        decoders={name: tfds.decode.SkipDecoding() for name in pictures},
        # One file after the other, so that the order of the split is kept.
        read_config=tfds.ReadConfig(interleave_cycle_length=1, try_autocache=False, options=_plain_reading()),
    )
    batches = records.map(_only(wanted)).batch(at_once)
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
