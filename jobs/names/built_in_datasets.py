"""Lists the built-in data sets, which need no download, with their splits and classes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType


@dataclass(frozen=True)
class BuiltInDataset:
    """The size of one data set.

    Attributes:
        splits: images per split.
        classes: how many there are.
    """

    splits: Mapping[str, int]
    classes: int


BUILT_IN_DATASETS: Mapping[str, BuiltInDataset] = MappingProxyType(
    {"synthetic_flowers": BuiltInDataset({"train": 5400, "validation": 450, "test": 540}, classes=9)}
)
"""The built-in data sets by name; a test compares their sizes with what ``ml`` draws."""
