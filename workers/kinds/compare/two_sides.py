"""Both jobs of a comparison, with the images, the methods and the classes that they share."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from workers.kinds.compare.class_match import ClassMatch, class_match
from workers.kinds.compare.joined_images import JoinedImages
from workers.kinds.compare.side import Side

Pair = tuple[str, str]
"""A method of the first job, and the one of the second that it is compared with."""


@dataclass(frozen=True, eq=False)
class TwoSides:
    """The first job and the second, their rows in the same order."""

    first: Side
    second: Side
    joined: JoinedImages

    @property
    def images(self) -> int:
        """How many images both have."""
        return len(self.joined.first)

    @cached_property
    def classes(self) -> ClassMatch:
        """Which classes of the models are the same."""
        return class_match(self.first.class_names, self.second.class_names)

    @cached_property
    def judged(self) -> NDArray[np.bool_]:
        """(n,): whether both jobs called the prediction right or wrong."""
        return self.first.judged & self.second.judged

    @property
    def pairs(self) -> tuple[Pair, ...]:
        """Each method that both jobs have with itself; where they share none, their methods in order."""
        first, second = self.first.methods, self.second.methods
        shared = tuple((name, name) for name in first if name in second)
        return shared or tuple(zip(first, second, strict=False))

    def changes(self) -> NDArray[np.str_]:
        """(n,): ``fixed``, ``broken``, ``both`` right, ``neither``, or nothing where an image is not judged by both."""
        first, second = self.first.right, self.second.right
        change = np.where(first, np.where(second, "both", "broken"), np.where(second, "fixed", "neither"))
        return np.where(self.judged, change, "")
