"""Corrupts images by covering a part of them with a rectangle of their proportions."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from ml.evaluation.corruptions.subject import CorruptedImage, Subject


def occlusion(subject: Subject, rng: np.random.Generator) -> Callable[[float], CorruptedImage]:
    """Cover this share of the image with a rectangle of one random colour; that of each severity contains the last."""
    left, upper = rng.uniform(0, 1, 2)
    colour = rng.integers(0, 256, 3, dtype=np.uint8)

    def at(share: float) -> CorruptedImage:
        height, width = subject.image.shape[:2]
        tall, wide = round(np.sqrt(share) * height), round(np.sqrt(share) * width)
        top, start = round(upper * (height - tall)), round(left * (width - wide))
        rows, columns = slice(top, top + tall), slice(start, start + wide)
        covered = subject.image.copy()
        covered[rows, columns] = colour
        return CorruptedImage(covered)

    return at
