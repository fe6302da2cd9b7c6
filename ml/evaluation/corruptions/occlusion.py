"""Something in front of the object."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from ml.evaluation.corruptions.subject import CorruptedImage, Subject


def occlusion(subject: Subject, rng: np.random.Generator) -> Callable[[float], CorruptedImage]:
    """A square of one drawn colour that covers this share of the image; each severity's lies within the next's."""
    left, upper = rng.uniform(0, 1, 2)
    colour = rng.integers(0, 256, 3, dtype=np.uint8)

    def at(share: float) -> CorruptedImage:
        size = round(np.sqrt(share) * subject.side)
        room = subject.side - size
        rows, columns = (slice(start := round(place * room), start + size) for place in (upper, left))
        covered = subject.image.copy()
        covered[rows, columns] = colour
        return CorruptedImage(covered)

    return at
