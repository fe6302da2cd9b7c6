"""Defines the columns of an explanation's results: of images, of their maps, and of their origin.

``results.parquet`` has all of these columns, in this order; the API lists, sorts and filters images by the same ones.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Generic, Literal, TypeVar

from jobs.models.artifact import Artifact
from jobs.models.model import PublishedModel
from jobs.results.measure import MEASURES
from jobs.results.record import ClassScore, ImageRecord, MethodRecord
from jobs.results.report import Report

TOP = 5
"""How many of the likeliest classes have their own columns."""
_COUNTS = frozenset({"paths", "evaluations"})

Cell = int | float | str | None
CellType = Literal["int32", "int64", "float64", "string", "bool"]
Row = TypeVar("Row")


@dataclass(frozen=True)
class Column(Generic[Row]):
    """One column: its name, its type, and its value in a row; any value may be missing.

    Attributes:
        sortable: whether images can be listed in its order.
        filterable: whether only the images of certain values can be listed.
    """

    name: str
    type: CellType
    value: Callable[[Row], Cell]
    sortable: bool = False
    filterable: bool = False


@dataclass(frozen=True)
class Image:
    """One image, and the names of the model's classes by label."""

    record: ImageRecord
    class_names: tuple[str, ...] = ()

    def class_name(self, label: int | None) -> str | None:
        """The name of a class, where it has one."""
        return self.class_names[label] if label is not None and label < len(self.class_names) else None


@dataclass(frozen=True)
class Map:
    """One map of an image, and the file with its raw values, if that is among the outputs."""

    record: MethodRecord
    image: Image
    raw: Artifact | None = None


@dataclass(frozen=True)
class Origin:
    """Where the images of a report come from."""

    report: Report
    dataset: str | None = None
    split: str | None = None
    model: PublishedModel | None = None


def _of_place(place: int) -> Iterator[Column[Image]]:
    """The columns of the class at this place among the likeliest, from 1."""

    def of_score(value: Callable[[Image, ClassScore], Cell]) -> Callable[[Image], Cell]:
        return lambda image: value(image, image.record.top[place - 1]) if place <= len(image.record.top) else None

    yield Column(f"top_{place}_label", "int32", of_score(lambda _, score: score.label))
    yield Column(f"top_{place}_name", "string", of_score(lambda image, score: image.class_name(score.label)))
    yield Column(f"top_{place}_probability", "float64", of_score(lambda _, score: score.probability))
    yield Column(f"top_{place}_logit", "float64", of_score(lambda _, score: score.logit))


def _of_measure(name: str) -> Column[Map]:
    if name in _COUNTS:
        return Column(name, "int64", lambda map_: _whole(map_.record.values.get(name)), sortable=True)
    return Column(name, "float64", lambda map_: map_.record.values.get(name), sortable=True)


def _whole(value: float | None) -> int | None:
    return None if value is None else round(value)


IMAGE_COLUMNS: tuple[Column[Image], ...] = (
    Column("image_id", "string", lambda image: image.record.image_id, sortable=True, filterable=True),
    Column("index", "int64", lambda image: image.record.index, sortable=True),
    Column("outcome", "string", lambda image: image.record.outcome.value, sortable=True, filterable=True),
    Column("error", "string", lambda image: image.record.error),
    Column("label", "int32", lambda image: image.record.label, sortable=True, filterable=True),
    Column("label_name", "string", lambda image: image.class_name(image.record.label)),
    Column("prediction", "int32", lambda image: image.record.prediction, sortable=True, filterable=True),
    Column("prediction_name", "string", lambda image: image.class_name(image.record.prediction)),
    Column("confidence", "float64", lambda image: image.record.confidence, sortable=True, filterable=True),
)
TOP_COLUMNS = tuple(column for place in range(1, TOP + 1) for column in _of_place(place))
MAP_COLUMNS: tuple[Column[Map], ...] = (
    Column("method", "string", lambda map_: map_.record.method),
    Column("rank", "int32", lambda map_: map_.record.rank),
    Column("target", "int32", lambda map_: map_.record.target),
    Column("target_name", "string", lambda map_: map_.image.class_name(map_.record.target)),
    Column("target_logit", "float64", lambda map_: map_.record.target_logit),
    Column("score", "string", lambda map_: map_.record.score),
    Column("foil", "int32", lambda map_: map_.record.foil),
    Column("foil_name", "string", lambda map_: map_.image.class_name(map_.record.foil)),
    Column("contrast", "bool", lambda map_: map_.record.contrast),
    Column("layer", "string", lambda map_: map_.record.layer),
    Column("baseline", "string", lambda map_: map_.record.baseline),
    Column("precision", "string", lambda map_: map_.record.precision),
    Column("flags", "string", lambda map_: ",".join(map_.record.flags)),
    Column("harder", "string", lambda map_: map_.record.harder),
    *map(_of_measure, MEASURES),
    Column("overlay_key", "string", lambda map_: map_.record.overlay.key if map_.record.overlay else None),
    Column("overlay_sha256", "string", lambda map_: map_.record.overlay.sha256 if map_.record.overlay else None),
    Column("raw_key", "string", lambda map_: map_.raw.key if map_.raw else None),
    Column("raw_sha256", "string", lambda map_: map_.raw.sha256 if map_.raw else None),
    Column("raw_row", "int64", lambda map_: map_.record.raw_row),
)
ORIGIN_COLUMNS: tuple[Column[Origin], ...] = (
    Column("job_id", "string", lambda origin: origin.report.job_id),
    Column("step", "string", lambda origin: origin.report.step),
    Column("dataset", "string", lambda origin: origin.dataset),
    Column("split", "string", lambda origin: origin.split),
    Column("model_id", "string", lambda origin: origin.model.id if origin.model else None),
    Column("model_sha256", "string", lambda origin: origin.model.checkpoint.sha256 if origin.model else None),
    Column("code_version", "string", lambda origin: origin.report.code_version),
)
COLUMNS: tuple[Column[Any], ...] = (*IMAGE_COLUMNS, *TOP_COLUMNS, *MAP_COLUMNS, *ORIGIN_COLUMNS)
SORTABLE = tuple(column.name for column in COLUMNS if column.sortable)


def cells(columns: tuple[Column[Row], ...], row: Row) -> dict[str, Cell]:
    """The values of these columns by their names."""
    return {column.name: column.value(row) for column in columns}
