"""Finds what the pictures of a class that stand out are to be measured against: pictures of other classes that do.

Those that show a difference most are shown by it and by their own nature. Against all pictures of the other classes,
their difference is larger than what was done to them: in the pictures of the test, a cast of 25 % seems to be one of
more than 40 %.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from types import MappingProxyType

import numpy as np
import numpy.typing as npt

from ml.audit.shortcuts.picture_cues import surround_of
from ml.audit.shortcuts.suspicion import Kind

Images = npt.NDArray[np.uint8]
Numbers = npt.NDArray[np.float64]
FEWEST = 5
"""Pictures by which a class is measured, if it has so many."""


def counterparts(kind: Kind, own: Images, others: Images, *, share: float) -> Images:
    """The part of ``others`` (n, H, W, 3) that differs from the rest as ``own`` does, most first.

    All of them for kinds that are no matter of degree. ``own`` itself where the part differs at least as much: there is
    nothing that sets the class apart.

    Args:
        kind: of difference.
        own: the pictures of a class that show it most.
        others: pictures of other classes.
        share: of the pictures of the class that are ``own``; so large a part is taken.
    """
    if kind not in STATISTICS:
        return others
    mine, theirs = STATISTICS[kind](own), STATISTICS[kind](others)
    direction = np.median(mine, axis=0) - np.median(theirs, axis=0)
    part = np.argsort(-theirs @ direction, kind="stable")[: _count(len(others), share)]
    more = (np.median(mine, axis=0) - np.median(theirs[part], axis=0)) @ direction > 0
    return others[part] if more else own


def _count(images: int, share: float) -> int:
    return min(images, max(FEWEST, math.ceil(share * images)))


def _surround(images: Images) -> Numbers:
    return np.log1p(images[:, surround_of(*images.shape[1:3])].mean(axis=1))


STATISTICS: Mapping[Kind, Callable[[Images], Numbers]] = MappingProxyType(
    {
        "colour": _surround,
        "brightness": lambda images: _surround(images).mean(axis=1, keepdims=True),
        "contrast": lambda images: np.log1p(images.std(axis=(1, 2, 3)))[:, None],
    }
)
"""What is compared of kinds that are a matter of degree, (n, k) of pictures (n, H, W, 3)."""
