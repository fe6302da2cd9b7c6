"""Prints images of a job: as a table for people, as CSV for programs."""

from __future__ import annotations

import csv
import sys
from collections.abc import Mapping, Sequence
from typing import Any

from rich.table import Table
from rich.text import Text

from cli.display.job_text import stdout_console
from cli.display.plain_text import printable
from jobs.results.convergence import image_value
from jobs.results.measure import MEASURES
from jobs.results.record import MethodRecord

Json = dict[str, Any]
_COLUMNS = (
    "image_id",
    "index",
    "outcome",
    "label",
    "label_name",
    "prediction",
    "prediction_name",
    "confidence",
    "error",
)
"""Of an image, in CSV; the measures of its maps follow, ``<method>.<measure>``, as in the files of a job."""


def print_results(images: Sequence[Json], *, sort: str | None, method: str | None = None) -> None:
    """One line per image, with the measure that they are sorted by, of the maps by ``method`` if one is named."""
    measure = _measure(sort)
    table = Table(box=None, pad_edge=False)
    for heading in (
        "IMAGE",
        "OUTCOME",
        "CLASS",
        "PREDICTED",
        "CONFIDENCE",
        *([measure.upper()] if measure else ()),
        "FLAGS",
    ):
        table.add_column(heading, overflow="fold")
    for image in images:
        cells = (
            image["image_id"],
            image["outcome"],
            _class(image, "label"),
            image["error"] or _class(image, "prediction"),
            _number(image["confidence"]),
            *([_number(_value(image, measure, method))] if measure else ()),
            ", ".join(dict.fromkeys(flag for each in image["methods"] for flag in each["flags"])),
        )
        table.add_row(*(Text(printable(str(cell))) for cell in cells))
    stdout_console().print(table)


def write_csv(images: Sequence[Json]) -> None:
    """A header, and one line per image."""
    rows = [{**{name: image[name] for name in _COLUMNS}, **_measured(image)} for image in images]
    columns = dict.fromkeys((*_COLUMNS, *(name for row in rows for name in row)))
    writer = csv.DictWriter(sys.stdout, list(columns), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)


def _measured(image: Json) -> Mapping[str, float | None]:
    """Of several maps of one method, the first counts."""
    values: dict[str, float | None] = {}
    for each in image["methods"]:
        for name, value in each["values"].items():
            values.setdefault(f"{each['method']}.{name}", value)
    return values


def _measure(sort: str | None) -> str | None:
    name = (sort or "").removeprefix("-")
    return name if name in MEASURES else None


def _value(image: Json, measure: str, method: str | None) -> float | None:
    """The value by which the API sorts: of several methods, of the first that has one."""
    maps = [MethodRecord(method=each["method"], values=each["values"]) for each in image["methods"]]
    asked = [name for name in dict.fromkeys(each.method for each in maps) if method in {None, name}]
    return next((value for name in asked if (value := image_value(maps, name, measure)) is not None), None)


def _class(image: Json, name: str) -> str:
    found = image[f"{name}_name"] or image[name]
    return "–" if found is None else str(found)


def _number(value: float | None) -> str:
    return "–" if value is None else f"{value:.3g}"
