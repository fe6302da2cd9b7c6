"""The tables of an evaluation as CSV, UTF-8, one header line."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence

from jobs.results.evaluation.evaluation_totals import EvaluationTotals
from ml.evaluation.confusion import ClassNumbers, Matrix, cells_of
from ml.evaluation.corruptions.table import CORRUPTIONS

MOST_COLUMNS = 5_000
"""Of the confusion matrix as a table, which then takes 50 MB."""
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def per_class_csv(numbers: Sequence[ClassNumbers], names: Sequence[str]) -> bytes:
    """One line per class; empty where there was nothing to measure."""
    header = ("label", "name", "images", "correct", "predicted", "accuracy", "precision", "f1", "mean_confidence")
    rows = (
        (
            each.label,
            _text(names[each.label]),
            *(each.images, each.correct, each.predicted),
            *map(_number, (each.recall, each.precision, each.f1, each.confidence)),
        )
        for each in numbers
    )
    return _csv(header, rows)


def confusion_csv(matrix: Matrix, names: Sequence[str]) -> bytes:
    """One line per true class, one column per prediction; of very many classes a line per cell that is not empty."""
    if len(names) > MOST_COLUMNS:
        listed = ((_text(names[row]), _text(names[column]), count) for row, column, count in cells_of(matrix))
        return _csv(("true", "predicted", "images"), listed)
    header = ("true \\ predicted", *map(_text, names))
    return _csv(header, ((_text(name), *matrix[[row]].toarray()[0].tolist()) for row, name in enumerate(names)))


def robustness_csv(totals: EvaluationTotals) -> bytes:
    """One line per corruption and severity."""
    header = (
        *("corruption", "family", "severity", "strength", "unit", "images", "accuracy", "baseline_accuracy"),
        *("gradcam_images", "gradcam_rank_correlation", "gradcam_centre_shift"),
    )
    images = totals.images
    rows = (
        (
            *(each.corruption, CORRUPTIONS[each.corruption].family, each.severity),
            *(CORRUPTIONS[each.corruption].strengths[each.severity - 1], CORRUPTIONS[each.corruption].unit, images),
            _number(1 - each.wrong / images),
            _number(None if each.baseline_wrong is None else 1 - each.baseline_wrong / images),
            each.maps,
            _number(each.map_correlation / each.maps if each.maps else None),
            _number(each.map_distance / each.maps if each.maps else None),
        )
        for each in totals.conditions
    )
    return _csv(header, rows)


def _csv(header: Sequence[str], rows: Iterable[Sequence[object]]) -> bytes:
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow(header)
    writer.writerows(rows)
    return buffer.getvalue().encode()


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:.6g}"


def _text(name: str) -> str:
    """A class name that no spreadsheet takes for a formula."""
    return f"'{name}" if name.startswith(_FORMULA) else name
