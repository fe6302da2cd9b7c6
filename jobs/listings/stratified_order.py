"""Shuffles names so that every beginning of the list holds the classes in about their shares of the whole.

The order depends on the names, their classes and a seed alone: it is the same on every machine and in every release.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Mapping

_WHOLE = 2**64


def stratified_order(classes: Mapping[str, str | None], *, seed: int) -> list[str]:
    """All names in the order in which they are taken.

    Each class is shuffled by itself and spread evenly over the list, from a place of its own. While one name in n is
    of a class, the first m names hold fewer than m / n + 2 of it where classes are about as large as each other.

    Args:
        classes: of each name; None for those without, which are spread as a class of their own.
        seed: another one gives another order.
    """
    members: dict[str | None, list[str]] = defaultdict(list)
    for name, its_class in classes.items():
        members[its_class].append(name)
    placed: list[tuple[float, str]] = []
    for its_class, names in members.items():
        first = _lot(seed, "class", its_class or "") / _WHOLE
        shuffled = sorted(names, key=lambda name: (_lot(seed, "name", name), name))
        placed.extend(((rank + first) / len(names), name) for rank, name in enumerate(shuffled))
    return [name for _, name in sorted(placed)]


def _lot(seed: int, what: str, text: str) -> int:
    """A pseudo-random number below 2⁶⁴ that follows from the seed and the text alone."""
    data = f"{seed}/{what}/{text}".encode("utf-8", "surrogatepass")
    return int.from_bytes(hashlib.blake2b(data, digest_size=8).digest(), "big")
