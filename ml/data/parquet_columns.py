"""Finds the pictures and the labels among the columns of a Parquet file, as Hugging Face's ``datasets`` writes them.

A picture is a struct of ``bytes`` and ``path``, or plain bytes. What a column means stands in the metadata of the
schema, as JSON under ``huggingface``.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, BinaryIO

import pyarrow as pa
import pyarrow.parquet as pq

from ml.data.label_choice import MOST_CLASSES, chosen_label
from ml.errors import BadOption, UnknownName

ROWS_AT_ONCE = 16
_LABELS = frozenset({"label", "labels"})


@dataclass(frozen=True)
class ParquetColumns:
    """Which columns matter.

    Attributes:
        image: holds the pictures.
        label: holds the labels; None where no column does.
        class_names: of the labels; None where the file does not name them.
    """

    image: str
    label: str | None
    class_names: tuple[str, ...] | None


def open_table(file: BinaryIO) -> pq.ParquetFile:
    """A Parquet file of which pages are read as they are needed.

    Raises:
        pyarrow.ArrowException, OSError: it is none, or a damaged one.
    """
    return pq.ParquetFile(file, pre_buffer=False, buffer_size=1 << 20)


def parquet_columns(dataset: str, table: pq.ParquetFile, *, label: str | None) -> ParquetColumns:
    """Choose the column of the pictures (``image``, or the only one) and that of the labels.

    Raises:
        UnknownName: no column holds pictures.
        BadOption: names ``label``.
    """
    schema = table.schema_arrow
    features = _features(schema)
    kinds = {field.name: str(field.type) for field in schema}
    named = {name: _class_names(features.get(name)) for name in kinds}
    holds_names = frozenset(name for name, found in named.items() if found is not None)
    usable = holds_names | {
        field.name for field in schema if field.name in {*_LABELS, label} and _may_be_label(field.type)
    }
    image = _image_column(dataset, schema)
    if label is None and not usable:
        return ParquetColumns(image, None, None)
    found = chosen_label(dataset, label, kinds=kinds, named=usable)
    return ParquetColumns(image, found, named[found])


def classes_in(tables: Iterable[pq.ParquetFile], label: str) -> tuple[str, ...]:
    """The classes of a column that does not name them: its words in their order, or numbers from 0 to the largest.

    Tables without the column are passed over.

    Raises:
        BadOption: there are too many, or numbers below 0 only.
    """
    found: set[Any] = set()
    for table in (each for each in tables if label in each.schema_arrow.names):
        for batch in table.iter_batches(batch_size=10_000, columns=[label]):
            found.update(each for each in batch.column(0).unique().to_pylist() if each is not None)
            largest = max((each for each in found if isinstance(each, int)), default=0)
            if len(found) > MOST_CLASSES or largest >= MOST_CLASSES:
                raise BadOption(
                    f"column {label!r} has more than {MOST_CLASSES} values, so it tells no classes", field="label"
                )
    if all(isinstance(each, str) for each in found):
        return tuple(sorted(found))
    return tuple(map(str, range(1 + max((int(each) for each in found), default=-1))))


def _image_column(dataset: str, schema: pa.Schema) -> str:
    holding = [field.name for field in schema if _is_picture(field.type)]
    if "image" in holding or len(holding) == 1:
        return "image" if "image" in holding else holding[0]
    listed = ", ".join(f"{field.name} ({field.type})" for field in schema)
    raise UnknownName(
        f"data set {dataset!r}: {'no' if not holding else 'more than one'} column holds pictures: it has {listed}. A "
        "picture is bytes, or a struct of 'bytes' and 'path', in a column 'image'"
    )


def _is_picture(kind: pa.DataType) -> bool:
    if pa.types.is_struct(kind):
        place = kind.get_field_index("bytes")
        return place >= 0 and _is_bytes(kind.field(place).type)
    return _is_bytes(kind)


def _is_bytes(kind: pa.DataType) -> bool:
    return bool(pa.types.is_binary(kind) or pa.types.is_large_binary(kind))


def _may_be_label(kind: pa.DataType) -> bool:
    plain = kind.value_type if pa.types.is_dictionary(kind) else kind
    types = pa.types
    return bool(
        types.is_integer(plain) or types.is_boolean(plain) or types.is_string(plain) or types.is_large_string(plain)
    )


def _features(schema: pa.Schema) -> Mapping[str, Any]:
    """What ``datasets`` wrote down of each column; nothing where others wrote the file, or what stands there is odd."""
    try:
        document = json.loads((schema.metadata or {}).get(b"huggingface", b"{}"))
        features = document.get("info", {}).get("features", {})
    except (ValueError, AttributeError, RecursionError):
        return {}
    return features if isinstance(features, dict) else {}


def _class_names(feature: Any) -> tuple[str, ...] | None:
    if not isinstance(feature, dict) or feature.get("_type") != "ClassLabel":
        return None
    names = feature.get("names")
    return tuple(names) if isinstance(names, list) and all(isinstance(each, str) for each in names) else None
