"""How the tests are shared out among several processes by pytest-xdist."""

from __future__ import annotations

from collections.abc import Sequence
from os.path import relpath
from pathlib import Path

import pytest
from xdist.remote import Producer
from xdist.scheduler import LoadScopeScheduling

TESTS = Path(__file__).parent
ROOT = TESTS.parent
STACKS = ("system/", "faults/")
"""Folders of the tests that run all services at once: those of a folder one after another, as two stacks are enough for
a machine."""
LONG_FIRST = (*STACKS, "integration/workers/", "real_data/", "unit/ml/", "")
"""Folders, those whose modules take longest first: what is begun last should be short."""
COMPUTING = ("integration/workers/", "real_data/", "unit/ml/")
"""Folders whose tests use TensorFlow."""


class ByModule(LoadScopeScheduling):  # type: ignore[misc]
    """Keeps the tests of a module, and the stacks of a folder, in one process: they share what is made for them."""

    def __init__(self, config: pytest.Config, log: Producer) -> None:
        config.option.loadscopereorder = False
        super().__init__(config, log)

    def _split_scope(self, nodeid: str) -> str:
        module = relpath(ROOT / nodeid.split("::", maxsplit=1)[0], TESTS)
        return next((folder for folder in STACKS if module.startswith(folder)), module)


def sort(items: list[pytest.Item]) -> None:
    """Put the tests of the long modules first."""
    items.sort(key=lambda item: _place(item, LONG_FIRST))


def computes(item: pytest.Item) -> bool:
    """Whether a test stands where TensorFlow is used."""
    return _place(item, COMPUTING) < len(COMPUTING)


def _place(item: pytest.Item, folders: Sequence[str]) -> int:
    """Which of the folders holds a test; behind the last where none does."""
    module = relpath(item.path, TESTS)
    found = (place for place, folder in enumerate(folders) if module.startswith(folder))
    return next(found, len(folders))
