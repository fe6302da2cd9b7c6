"""How the tests are shared out among several processes (pytest-xdist with ``--dist loadgroup``)."""

from __future__ import annotations

from collections.abc import Sequence
from os.path import relpath
from pathlib import Path

import pytest

TESTS = Path(__file__).parent
STACK = "stack"
"""Tests that run all services at once: one such stack is enough for a machine."""
LONG_FIRST = ("system/", "integration/workers/", "real_data/", "unit/ml/", "")
"""Folders, those whose modules take longest first: what is begun last should be short."""
COMPUTING = ("integration/workers/", "real_data/", "unit/ml/")
"""Folders whose tests use TensorFlow."""


def arrange(items: list[pytest.Item]) -> None:
    """Sort the tests, and keep those of a module, or of the stack, in one process: they share what is made for them."""
    items.sort(key=lambda item: _place(item, LONG_FIRST))
    for item in items:
        module = relpath(item.path, TESTS)
        item.add_marker(pytest.mark.xdist_group(STACK if module.startswith("system/") else module))


def computes(item: pytest.Item) -> bool:
    """Whether a test stands where TensorFlow is used."""
    return _place(item, COMPUTING) < len(COMPUTING)


def _place(item: pytest.Item, folders: Sequence[str]) -> int:
    """Which of the folders holds a test; behind the last where none does."""
    module = relpath(item.path, TESTS)
    found = (place for place, folder in enumerate(folders) if module.startswith(folder))
    return next(found, len(folders))
