"""The names of classes, by which a model and a data set know whether they mean the same ones."""

from __future__ import annotations

import re
from collections.abc import Sequence

_PREFIX = "class "
_NUMBERED = re.compile(rf"({_PREFIX})?[0-9]+")


def numbered(classes: int) -> tuple[str, ...]:
    """Names for classes that were only counted."""
    return tuple(f"{_PREFIX}{index}" for index in range(classes))


def are_numbered(names: Sequence[str]) -> bool:
    """Whether the names are but numbers, and so say nothing of what the classes are."""
    return all(_NUMBERED.fullmatch(plain(name)) for name in names)


def plain(name: str) -> str:
    """What names of the same class have in common, whatever their case and whatever stands between their words."""
    return " ".join(re.split(r"[\s_-]+", name.casefold())).strip()
