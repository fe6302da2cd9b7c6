"""Draws a sample of a split's images that is the same for every worker and every division into shards."""

from __future__ import annotations

from functools import lru_cache
from hashlib import blake2b
from heapq import nsmallest
from itertools import chain


@lru_cache(maxsize=8)
def sample(slices: tuple[tuple[int, int], ...], size: int | None) -> frozenset[int]:
    """``size`` of the indices in these slices ``[start, stop)``, or all; a larger sample contains every smaller one.

    It depends on nothing else, so jobs that explain the same images with different models measure the same images.
    """
    everything = chain.from_iterable(range(start, stop) for start, stop in slices)
    return frozenset(everything if size is None else nsmallest(size, everything, key=_lot))


def _lot(index: int) -> bytes:
    return blake2b(index.to_bytes(8, "big"), digest_size=8).digest()
