"""What a corruption is given, and what it gives back."""

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
        image: (S, S, 3) uint8, RGB.
        mask: (S, S) bool, true on the object; None where it is not known.
    """

    image: Pixels
    mask: NDArray[np.bool_] | None = None

    @property
    def side(self) -> int:
        """Pixels along an edge."""
        return len(self.image)


@dataclass(frozen=True, eq=False)
class CorruptedImage:
    """The image as a harder capture would have it.

    Attributes:
        image: (S, S, 3) uint8.
        view: where each place of it lay in the original, if the corruption moved anything; see ``Homography``.
    """

    image: Pixels
    view: Homography | None = None


# Draws all that is random first, so that an image's severities differ in strength alone.
Prepare = Callable[[Subject, np.random.Generator], Callable[[float], CorruptedImage]]
