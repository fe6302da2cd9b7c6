"""Finds near-duplicates: pictures that are the same photograph resized, recompressed, mirrored or slightly cropped.

Candidates are the nearest neighbours by pooled features and by small grey pictures; pixels decide.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, eq=False)
class Gallery:
    """The pictures of a split, as near-duplicates are searched by.

    Attributes:
        thumbnails: (N, 64, 64, 3) uint8; see ``ml.audit.data.thumbnail``.
        features: (N, D) pooled features, or None: candidates then come from the pixels alone.
        mirrored_features: (N, D), of the pictures mirrored left to right, or None.
    """

    thumbnails: NDArray[np.uint8]
    features: NDArray[np.floating] | None = None
    mirrored_features: NDArray[np.floating] | None = None

    def __len__(self) -> int:
        return len(self.thumbnails)


@dataclass(frozen=True)
class DuplicatePair:
    """Two pictures that are one; indices count the rows of their galleries.

    Attributes:
        first: row in the first gallery.
        second: row in the second gallery; in the same one, greater than ``first``.
        similarity: correlation of the detail of the two once laid over each other, up to 1.
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
    """Near-duplicates within one split.

    Raises:
        MlError: the arrays do not fit each other.
    """
    raise NotImplementedError


def duplicates_across(first: Gallery, second: Gallery) -> Duplicates:
    """Near-duplicates between two splits, for example training (first) and test (second).

    Raises:
        MlError: the arrays do not fit each other.
    """
    raise NotImplementedError
