"""Names of things as parts of an address."""

from __future__ import annotations

from urllib.parse import quote

from florescope.errors import NotFound

_OF_PATHS = frozenset({"", ".", ".."})


def segment(name: str) -> str:
    """One part of a path.

    Raises:
        NotFound: nothing can be called so, since the address would be that of something else.
    """
    if name in _OF_PATHS:
        raise NotFound(f"there is nothing of the name {name!r}")
    return quote(name, safe="")


def segments(path: str) -> str:
    """Several parts, ``<folder>/<class>/<picture>``; raises as ``segment`` does."""
    return "/".join(map(segment, path.split("/")))
