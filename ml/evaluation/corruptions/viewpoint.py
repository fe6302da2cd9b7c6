"""Where the camera stands: rolled, to one side, too close or too far. What comes into view is a mirror image."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from ml.evaluation.corruptions.homography import Homography, enlarged, tilted, turned, warp
from ml.evaluation.corruptions.subject import CorruptedImage, Subject


def rotation(subject: Subject, rng: np.random.Generator) -> Callable[[float], CorruptedImage]:
    """The camera rolled by so many degrees, to the left or to the right as drawn."""
    sign = rng.choice((-1.0, 1.0))
    return lambda degrees: _seen(subject, turned(sign * degrees))


def perspective(subject: Subject, rng: np.random.Generator) -> Callable[[float], CorruptedImage]:
    """The scene, taken as a plane, seen from so many degrees off its normal, from a drawn direction."""
    direction = rng.uniform(0, 360)
    return lambda degrees: _seen(subject, tilted(degrees, direction=direction))


def zoom(subject: Subject, rng: np.random.Generator) -> Callable[[float], CorruptedImage]:
    """The scene larger or smaller by this factor, as drawn."""
    sign = rng.choice((-1.0, 1.0))
    return lambda factor: _seen(subject, enlarged(factor**sign))


def _seen(subject: Subject, view: Homography) -> CorruptedImage:
    return CorruptedImage(warp(subject.image, view), view)
