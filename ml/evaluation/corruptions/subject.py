"""Defines the input and the output of a corruption."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ml.evaluation.corruptions.homography import Homography

Pixels = NDArray[np.uint8]


@dataclass(frozen=True, eq=False)
class Subject:
    """One image to be corrupted.

    Attributes:
        image: (H, W, 3) uint8, RGB.
        mask: (H, W) bool, true on the object; None where it is not known.
    """

    image: Pixels
    mask: NDArray[np.bool_] | None = None

    @property
    def side(self) -> int:
        """Pixels along the shorter edge."""
        return min(self.image.shape[:2])


@dataclass(frozen=True, eq=False)
class CorruptedImage:
    """The image after a corruption.

    Attributes:
        image: (H, W, 3) uint8.
        view: maps its points to those of the original, if the corruption moved anything; see ``Homography``.
    """

    image: Pixels
    view: Homography | None = None


# Draws all random numbers first and returns a function of the strength, so that severities differ only in strength.
Prepare = Callable[[Subject, np.random.Generator], Callable[[float], CorruptedImage]]
