"""Reads class names from a table: CSV, or text in columns, with a column of numbers or without."""

from __future__ import annotations

import csv
from collections.abc import Sequence

from cli.class_names.numbering import AS_NAMES, in_order
from cli.errors import Usage

DELIMITERS = "\t;,"
_NAME_HEADS = ("name", "class_name", "label_name", "class", "label", "category", "classes", "names", "labels")
_NUMBER_HEADS = ("index", "id", "class_id", "class_index", "label_id", "number", "label", "class", "")

Rows = Sequence[Sequence[str]]


def rows_of(lines: Sequence[str]) -> Rows | None:
    """The cells of each line, where all lines have equally many, two or more; None where they have not."""
    for delimiter in DELIMITERS:
        if all(delimiter in line for line in lines):
            rows = [[cell.strip() for cell in row] for row in csv.reader(lines, delimiter=delimiter)]
            if len({len(row) for row in rows}) == 1:
                return rows
    return None


def has_numbers(rows: Rows) -> bool:
    """Whether a column holds whole numbers, but for its head."""
    return any(all(map(_is_number, column[1:])) for column in zip(*rows, strict=True)) and len(rows) > 1


def names_in_table(rows: Rows) -> list[str]:
    """The names, by the column of numbers where there is one, otherwise from top to bottom.

    Raises:
        Usage: which column holds the names is not clear, or numbers are missing.
    """
    head, body = _head(rows)
    columns = list(zip(*body, strict=True))
    numbers = _number_column(head, columns)
    names = _name_column(head, columns, besides=numbers)
    if numbers is None:
        return list(columns[names])
    return in_order(zip(map(int, columns[numbers]), columns[names], strict=True), hint=AS_NAMES)


def _head(rows: Rows) -> tuple[list[str], Rows]:
    """The names of the columns, empty where the first row is a class like the others, and the other rows."""
    first = [cell.casefold().replace(" ", "_") for cell in rows[0]]
    known = all(cell in {*_NAME_HEADS, *_NUMBER_HEADS} for cell in first)
    over_numbers = any(
        not _is_number(cell) and all(_is_number(row[place]) for row in rows[1:]) for place, cell in enumerate(rows[0])
    )
    return (first, rows[1:]) if len(rows) > 1 and (known or over_numbers) else ([""] * len(first), rows)


def _number_column(head: Sequence[str], columns: Sequence[Sequence[str]]) -> int | None:
    """The column that holds numbers; the one with a better head, or the first, where several do."""
    found = [place for place, column in enumerate(columns) if all(map(_is_number, column))]
    if not found or len(columns) == 1:
        return None
    return min(found, key=lambda place: _rank(head[place], _NUMBER_HEADS))


def _name_column(head: Sequence[str], columns: Sequence[Sequence[str]], *, besides: int | None) -> int:
    rest = [place for place in range(len(columns)) if place != besides]
    named = [place for place in rest if head[place] in _NAME_HEADS]
    found = [min(named, key=lambda place: _rank(head[place], _NAME_HEADS))] if named else rest
    if len(found) > 1:
        first = ", ".join(repr(column[0]) for column in columns)
        raise Usage(
            f"its table has {len(columns)} columns ({first}), and which one holds the names is not clear: leave a "
            "number and a name in each row, or call the column 'name'"
        )
    return found[0]


def _rank(head: str, heads: Sequence[str]) -> int:
    return heads.index(head) if head in heads else len(heads)


def _is_number(cell: str) -> bool:
    return cell.isascii() and cell.isdigit()
