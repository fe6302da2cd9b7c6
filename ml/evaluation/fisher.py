"""Tests whether one group of images has more of something than another."""

from __future__ import annotations

from scipy.stats import hypergeom


def fisher_more(count: int, of: int, other_count: int, other_of: int) -> float:
    """Fisher's exact test, one-sided (1935): how likely so many or more are, if they fall anywhere alike.

    Args:
        count: images of the group that have it.
        of: images of the group.
        other_count: images of the other group that have it.
        other_of: images of the other group.
    """
    return float(hypergeom.sf(count - 1, of + other_of, count + other_count, of))
