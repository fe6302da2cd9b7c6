from __future__ import annotations

import csv

import numpy as np
import pytest

from ml.evaluation.confusion import confusion_matrix, per_class
from ml.evaluation.predictions import score
from workers.kinds.evaluate import tables
from workers.kinds.evaluate.tables import confusion_csv, per_class_csv

NAMES = ("rose", "=1+1", 'a "quoted", one')
FOUND = score(np.eye(3)[[0, 1, 1]], np.array([0, 0, 1], np.int32))


def rows(data: bytes) -> list[list[str]]:
    return list(csv.reader(data.decode().splitlines()))


def test_a_class_name_cannot_become_a_formula_or_break_a_line() -> None:
    names = [row[0] for row in rows(confusion_csv(confusion_matrix(FOUND, 3), NAMES))[1:]]
    assert names == ["rose", "'=1+1", 'a "quoted", one']


def test_of_more_classes_than_a_table_has_columns_the_cells_that_are_not_empty_are_listed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    header, *whole = rows(confusion_csv(confusion_matrix(FOUND, 3), NAMES))
    assert header[1:] == ["rose", "'=1+1", 'a "quoted", one']
    assert [row[1:] for row in whole] == [["1", "1", "0"], ["0", "1", "0"], ["0", "0", "0"]]
    monkeypatch.setattr(tables, "MOST_COLUMNS", 2)
    assert rows(confusion_csv(confusion_matrix(FOUND, 3), NAMES)) == [
        ["true", "predicted", "images"],
        ["rose", "rose", "1"],
        ["rose", "'=1+1", "1"],
        ["'=1+1", "'=1+1", "1"],
    ]


def test_what_could_not_be_measured_is_an_empty_cell() -> None:
    header, *found = rows(per_class_csv(per_class(FOUND, 3), NAMES))
    third = dict(zip(header, found[2], strict=True))
    assert (third["images"], third["accuracy"], third["precision"]) == ("0", "", "")
    assert dict(zip(header, found[0], strict=True))["accuracy"] == "0.5"
