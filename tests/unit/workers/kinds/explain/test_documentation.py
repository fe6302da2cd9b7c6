"""docs/explanations.md names every file, column and flag of the results."""

from __future__ import annotations

import re
from pathlib import Path

from jobs.results.measure import FLAGS
from workers.kinds.explain.results_table import SCHEMA

PAGE = (Path(__file__).parents[5] / "docs" / "explanations.md").read_text(encoding="utf-8")


def first_cells() -> list[str]:
    """What stands in code style in the first column of any table."""
    cells = [line.split("|")[1] for line in PAGE.splitlines() if line.startswith("| `")]
    return [name for cell in cells for name in re.findall(r"`([a-z0-9_]+)`", cell)]


def test_every_column_and_flag_is_explained_once() -> None:
    cells = first_cells()
    for name in [*SCHEMA.names, *FLAGS]:
        assert cells.count(name) == 1, name


def test_nothing_is_explained_that_does_not_exist() -> None:
    assert set(first_cells()) <= {*SCHEMA.names, *FLAGS}
