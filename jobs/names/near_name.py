"""Finds the name that somebody who misspelt it most likely meant."""

from __future__ import annotations

import difflib
from collections.abc import Iterable

_CLOSE = 0.75


def near_name(name: str, known: Iterable[str], *, cutoff: float = _CLOSE) -> str | None:
    """The known name that is most like this one, whatever its case and its hyphens; None where none is like it.

    Args:
        name: as it was written.
        known: the names that there are.
        cutoff: how alike they must be, 0 to 1, as ``difflib`` measures it.
    """
    spelt = {_plain(each): each for each in sorted(known, reverse=True)}
    found = difflib.get_close_matches(_plain(name), spelt, n=1, cutoff=cutoff)
    return spelt[found[0]] if found else None


def did_you_mean(name: str, known: Iterable[str], *, cutoff: float = _CLOSE) -> str:
    """The question ``; did you mean 'train'?``, to follow a message; nothing where no name is like this one."""
    meant = near_name(name, known, cutoff=cutoff)
    return f"; did you mean {meant!r}?" if meant else ""


def _plain(name: str) -> str:
    return name.casefold().replace("-", "_").replace(" ", "_")
