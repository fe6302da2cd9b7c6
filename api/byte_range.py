"""Which bytes of a file a request asks for (RFC 9110, one range of bytes)."""

from __future__ import annotations

import re
from dataclasses import dataclass

_RANGE = re.compile(r"bytes=(\d{0,18})-(\d{0,18})")


class Unsatisfiable(Exception):
    """The file has no byte of those."""


@dataclass(frozen=True)
class ByteRange:
    """From ``start`` up to, but not including, ``stop``."""

    start: int
    stop: int


def byte_range(header: str, size: int) -> ByteRange | None:
    """The range of a ``Range`` header in a file of this size; None for what has to be taken for no range at all.

    Raises:
        Unsatisfiable: there are no such bytes in the file.
    """
    found = _RANGE.fullmatch(header.replace(" ", ""))
    if found is None or not any(found.groups()):
        return None
    first, last = found.groups()
    if not first:
        start, stop = max(size - int(last), 0), size
    elif last and int(last) < int(first):
        return None
    else:
        start, stop = int(first), min(int(last) + 1 if last else size, size)
    if start >= stop:
        raise Unsatisfiable(f"bytes {header.removeprefix('bytes=')} were asked for, of a file of {size} bytes")
    return ByteRange(start, stop)
