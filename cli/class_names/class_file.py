"""Reads a file of class names, in the forms that people have them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from cli.class_names.json_names import names_in_json
from cli.class_names.numbering import AS_NAMES, distinct, in_order
from cli.class_names.table_names import has_numbers, names_in_table, rows_of
from cli.errors import Usage

_TABLES = {".csv", ".tsv"}
_NUMBERED_LINE = re.compile(r"(\d+)(?:\s*[:;,=]\s*|[.)]\s+|\s+)(\S.*)", re.ASCII)
_ENCODINGS = {b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16"}


def read_class_names(path: Path) -> list[str]:
    """The names of the classes, in the order of the model's outputs.

    Raises:
        Usage: the file cannot be read, or its names cannot be brought into an order; says what was found.
    """
    try:
        return names_in(path.read_bytes(), suffix=path.suffix.lower())
    except (OSError, Usage) as error:
        raise Usage(f"--classes {path}: {error}") from error


def names_in(data: bytes, *, suffix: str = "") -> list[str]:
    """The names in the bytes of a file: JSON, a table, lines with numbers, or lines.

    Args:
        data: of the file.
        suffix: of its name, such as ``.csv``.

    Raises:
        Usage: as ``read_class_names``.
    """
    text = _decoded(data).strip()
    if suffix == ".json" or text.startswith(("[", "{")):
        return distinct(names_in_json(text))
    lines = [line.strip() for line in re.split(r"\r\n|\r|\n", text) if line.strip()]
    rows = _rows(lines, is_table=suffix in _TABLES)
    return distinct(names_in_table(rows) if rows else _names_in_lines(lines))


def _decoded(data: bytes) -> str:
    """Text with or without a byte order mark."""
    try:
        return data.decode(_ENCODINGS.get(data[:2], "utf-8-sig"))
    except UnicodeDecodeError as error:
        raise Usage(f"it is no text in UTF-8 ({error.reason} at byte {error.start}): save it as UTF-8") from error


def _rows(lines: Sequence[str], *, is_table: bool) -> Sequence[Sequence[str]] | None:
    """The rows of a table; None where the lines are plain text."""
    rows = rows_of(lines) if lines else None
    if is_table and rows is None and lines:
        if any("," in line or "\t" in line for line in lines):
            raise Usage("its rows have different numbers of cells: put names that contain a comma into double quotes")
        return [[line.strip('"')] for line in lines]
    return rows if rows and (is_table or has_numbers(rows)) else None


def _names_in_lines(lines: Sequence[str]) -> list[str]:
    """One name a line; by their numbers where all lines begin with one, as in Teachable Machine's labels.txt."""
    matches = [_NUMBERED_LINE.fullmatch(line) for line in lines]
    numbered = [(int(match[1]), match[2].strip()) for match in matches if match]
    if lines and len(numbered) == len(lines):
        return in_order(numbered, hint=AS_NAMES)
    counted = [match is not None and int(match[1]) == index for index, match in enumerate(matches)]
    if sum(counted) > 1:
        place = counted.index(False)
        found = f"line {place + 1} ({lines[place]!r}) has not the number {place}"
        raise Usage(f"{found}, as other lines have theirs{AS_NAMES}")
    return list(lines)
