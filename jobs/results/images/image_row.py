"""Builds one row per image: the columns to list, filter and sort by, and the whole record as JSON.

The rows of a shard are stored as one Parquet file beside its report; the API queries these files.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from jobs.results.columns import Cell, CellType
from jobs.results.convergence import image_value
from jobs.results.measure import MEASURES
from jobs.results.record import ImageRecord


@dataclass(frozen=True)
class RowColumn:
    """A column's name and type."""

    name: str
    type: CellType


FLAGS = "flags"
"""The column that holds the flags of all maps of an image, each once, with a comma before and after each."""
IMAGE = (
    RowColumn("index", "int64"),
    RowColumn("image_id", "string"),
    RowColumn("step", "string"),
    RowColumn("code_version", "string"),
    RowColumn("outcome", "string"),
    RowColumn("label", "int32"),
    RowColumn("prediction", "int32"),
    RowColumn("confidence", "float64"),
    RowColumn("target", "int32"),
    RowColumn(FLAGS, "string"),
)
RECORD = "record"
"""The column that holds the record as JSON."""


def measure_column(method: str, measure: str) -> str:
    """The column of a measure of a method's maps."""
    return f"{method}.{measure}"


def measure_columns(methods: Sequence[str]) -> tuple[RowColumn, ...]:
    """A column for each measure of each method."""
    return tuple(RowColumn(measure_column(method, name), "float64") for method in methods for name in MEASURES)


def image_row(record: ImageRecord, *, step: str, code_version: str | None) -> dict[str, Cell]:
    """The row of an image; a measure that was not taken is left out.

    Of several maps of one method, the first that was measured counts, also where its value is null. δ is infinite where
    the record has null: worse than any number.
    """
    return {
        "index": record.index,
        "image_id": record.image_id,
        "step": step,
        "code_version": code_version,
        "outcome": record.outcome.value,
        "label": record.label,
        "prediction": record.prediction,
        "confidence": record.confidence,
        "target": record.target,
        FLAGS: _flags(record),
        **dict(_measured(record)),
        RECORD: record.model_dump_json(),
    }


def _flags(record: ImageRecord) -> str:
    flags = dict.fromkeys(flag for each in record.methods for flag in each.flags)
    return "".join(f",{flag}" for flag in flags) + "," if flags else ""


def _measured(record: ImageRecord) -> Iterator[tuple[str, float]]:
    for method in dict.fromkeys(each.method for each in record.methods):
        for name in MEASURES:
            value = image_value(record.methods, method, name)
            if value is not None:
                yield measure_column(method, name), value
