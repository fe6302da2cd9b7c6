"""What became of one try to deliver a notice."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Outcome:
    """How a try went.

    Attributes:
        words: for people; never holds the address.
        for_good: whether no further try can help.
    """

    delivered: bool
    words: str
    for_good: bool = False
