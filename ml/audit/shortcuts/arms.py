"""The images that an intervention makes, and those of its controls."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Images = npt.NDArray[np.uint8]
Labels = npt.NDArray[np.integer]


@dataclass(frozen=True, eq=False)
class Group:
    """Images (n, H, W, 3), their predicted classes (n,) and their rows (n,) in the evidence."""

    images: Images
    predicted: Labels
    rows: Labels

    def first(self, count: int) -> Group:
        """The first ``count`` images of the group."""
        return Group(self.images[:count], self.predicted[:count], self.rows[:count])


@dataclass(frozen=True, eq=False)
class Reading:
    """Some of the changed images (r,), and for each the class (r,) that it turns to.

    Attributes:
        subject: whether it says only what a part of the subject does.
        part: whether it is one class of the images, which is tested alone besides.
    """

    rows: Labels
    labels: Labels
    subject: bool = False
    part: bool = False


@dataclass(frozen=True, eq=False)
class Changed:
    """Changed images (n, H, W, 3), and for each the class (n,) that it turns to, or that it loses.

    Attributes:
        paired: whether a control changes the images of its arm, in their order.
        subject: whether a control says only what a part of the subject does.
        also: reads the same predictions in further ways.
    """

    images: Images
    labels: Labels
    paired: bool = False
    subject: bool = False
    also: tuple[Reading, ...] = ()


Control = Callable[[], Changed]
"""Makes the images of a control, which are needed only where there is an effect."""


@dataclass(frozen=True, eq=False)
class Arms:
    """What an intervention makes.

    Attributes:
        pasted: images of other classes with what is suspected.
        pasted_controls: the same with something else of the same size, in one or more ways.
        removed: the class's images without what is suspected, in one or more ways, the first of which is measured.
        removed_controls: images without something else of the same size, in one or more ways.
    """

    pasted: Changed
    pasted_controls: tuple[Control, ...]
    removed: tuple[Changed, ...]
    removed_controls: tuple[Control, ...]
