"""Tells the split that a folder or a file is named after, as people name them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType

SPLITS = ("train", "validation", "test")
_SPELT: Mapping[str, str] = MappingProxyType(
    {
        **{name: name for name in SPLITS},
        "training": "train",
        "val": "validation",
        "valid": "validation",
        "dev": "validation",
        "testing": "test",
    }
)


def split_of_folder(name: str) -> str | None:
    """``validation`` for ``Val``; None where the folder is called otherwise."""
    return _SPELT.get(name.casefold())


def split_of_file(path: str) -> str | None:
    """``train`` for ``data/train-00000-of-00002.parquet`` and ``train/0000.parquet``: by a folder, else by a word."""
    *folders, name = path.split("/")
    words = re.split(r"[^A-Za-z]+", name.partition(".")[0])
    return next(filter(None, map(split_of_folder, [*folders, *words])), None)
