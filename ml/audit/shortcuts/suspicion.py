"""What an audit of shortcuts looks at, and what it suspects."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

import numpy as np
import numpy.typing as npt

from ml.errors import MlError

Floats = npt.NDArray[np.float32]
Integers = npt.NDArray[np.int64]
Images = npt.NDArray[np.uint8]
Kind = Literal[
    "place", "cluster", "mark", "border", "background", "colour", "brightness", "contrast", "blur", "compression"
]
Predict = Callable[[Images], Floats]
"""Probabilities (n, K) of images (n, H, W, 3)."""


class Pictures(Protocol):
    """Gives images (n, H, W, 3), as the model sees them, by their indices in the evidence."""

    def __call__(self, indices: Sequence[int], /) -> Images:
        """The images with these indices, in this order."""


@dataclass(frozen=True)
class Place:
    """A rectangle, its sides in fractions of the image, from the top left corner."""

    top: float
    left: float
    bottom: float
    right: float

    @property
    def area(self) -> float:
        """Its area, as a share of the image."""
        return (self.bottom - self.top) * (self.right - self.left)

    def shared_with(self, other: Place) -> float:
        """The area that lies in both rectangles, as a share of the image."""
        height = min(self.bottom, other.bottom) - max(self.top, other.top)
        width = min(self.right, other.right) - max(self.left, other.left)
        return max(height, 0.0) * max(width, 0.0)


@dataclass(frozen=True, eq=False)
class Evidence:
    """What is known of N images from their explanation.

    Attributes:
        maps: (N, h, w) raw maps of the predicted class, or None where there are none; a map that holds NaN or nothing
            above zero is left out.
        features: (N, D) pooled features.
        cues: (N, C) statistics of the pictures; see ``picture_cues``.
        predicted: (N,) predicted classes.
        true: (N,) true classes, or None where they are not known.

    Raises:
        MlError: the arrays are not of the same images.
    """

    maps: Floats | None
    features: Floats
    cues: Floats
    predicted: npt.NDArray[np.integer]
    true: npt.NDArray[np.integer] | None = None

    def __post_init__(self) -> None:
        """See ``Raises``."""
        arrays = {name: getattr(self, name) for name in ("maps", "features", "cues", "predicted", "true")}
        counts = {name: len(array) for name, array in arrays.items() if array is not None}
        if len(set(counts.values())) > 1:
            raise MlError(f"evidence of {counts} images: expected one row for each image in every array")

    def right(self) -> npt.NDArray[np.bool_]:
        """(N,) whether a prediction is right; all are taken for right where the true classes are not known."""
        return np.ones(len(self.predicted), bool) if self.true is None else self.predicted == self.true


@dataclass(frozen=True)
class Suspicion:
    """Something that sets the images of one class apart, of which the model may make a shortcut.

    Attributes:
        kind: what it is.
        label: the class.
        share: of the images predicted as this class that show it.
        statistic: how far the class stands out; see the function that found it.
        p_value: chance of a statistic as large anywhere, after all looks.
        looks: how many statistics were looked at.
        images: indices of the images that show it, strongest first.
        place: where it is; None where it has no place, or moves.
        places: where it is in each of ``images``, if it moves.
        words: one sentence for people.
    """

    kind: Kind
    label: int
    share: float
    statistic: float
    p_value: float
    looks: int
    images: tuple[int, ...]
    place: Place | None
    words: str
    places: tuple[Place, ...] = ()
