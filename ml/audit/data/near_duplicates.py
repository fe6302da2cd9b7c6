"""Finds near-duplicates: pictures that are the same photograph resized, recompressed, mirrored or slightly cropped."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ml.audit.data.alignment import LEAST_DETAIL, agreement, detail, grey_pictures
from ml.audit.data.duplicate_candidates import Pairs, candidate_pairs
from ml.audit.data.gallery import Gallery

__all__ = ["DuplicatePair", "Duplicates", "Gallery", "duplicates_across", "duplicates_within"]

SIMILARITY, COLOURS = 0.75, 0.96
"""From which agreement of detail and of colours on two pictures are one; docs/audit-data.md says why these."""
PAIRS_AT_ONCE = 512


@dataclass(frozen=True)
class DuplicatePair:
    """Two pictures that are one; ``first`` and ``second`` are rows of their galleries.

    Attributes:
        first: row in the first gallery.
        second: row in the second gallery; in the same one, greater than ``first``.
        similarity: correlation of the detail of the two once laid over each other, part by part, up to 1.
        mirrored: whether one had to be mirrored.
    """

    first: int
    second: int
    similarity: float
    mirrored: bool


@dataclass(frozen=True)
class Duplicates:
    """The pairs found, the most alike first, and sentences on what could not be done."""

    pairs: tuple[DuplicatePair, ...]
    left_out: tuple[str, ...] = ()


def duplicates_within(gallery: Gallery) -> Duplicates:
    """Near-duplicates within one split."""
    plain = _plain(gallery.thumbnails)
    pairs = _with_detail(candidate_pairs(gallery, None), plain, plain)
    return Duplicates(_confirmed(gallery, gallery, pairs), _left_out(int(plain.sum()), len(plain)))


def duplicates_across(first: Gallery, second: Gallery) -> Duplicates:
    """Near-duplicates between two splits, for example training (first) and test (second).

    Raises:
        MlError: the features of the two have other widths.
    """
    plain, other_plain = _plain(first.thumbnails), _plain(second.thumbnails)
    pairs = _with_detail(candidate_pairs(first, second), plain, other_plain)
    left_out = _left_out(int(plain.sum() + other_plain.sum()), len(plain) + len(other_plain))
    return Duplicates(_confirmed(first, second, pairs), left_out)


def _plain(thumbnails: NDArray[np.uint8]) -> NDArray[np.bool_]:
    """Which pictures have too little detail to compare."""
    return detail(grey_pictures(thumbnails)).std(axis=(1, 2)) < LEAST_DETAIL


def _with_detail(pairs: Pairs, plain: NDArray[np.bool_], other_plain: NDArray[np.bool_]) -> Pairs:
    return pairs[~plain[pairs[:, 0]] & ~other_plain[pairs[:, 1]]]


def _confirmed(first: Gallery, second: Gallery, pairs: Pairs) -> tuple[DuplicatePair, ...]:
    found = list[DuplicatePair]()
    for start in range(0, len(pairs), PAIRS_AT_ONCE):
        rows = pairs[start : start + PAIRS_AT_ONCE]
        agreed = agreement(first.thumbnails[rows[:, 0]], second.thumbnails[rows[:, 1]])
        for place in np.flatnonzero((agreed.detail >= SIMILARITY) & (agreed.colours >= COLOURS)):
            row, other = rows[place].tolist()
            found.append(DuplicatePair(row, other, float(agreed.detail[place]), bool(agreed.mirrored[place])))
    return tuple(sorted(found, key=lambda pair: (-pair.similarity, pair.first, pair.second)))


def _left_out(plain: int, pictures: int) -> tuple[str, ...]:
    if not plain:
        return ()
    return (f"{plain} of {pictures} pictures were not searched for near-duplicates: they have hardly any detail.",)
