"""Corrupts images by rotation, perspective and zoom; beyond its edges the image is mirrored."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from ml.evaluation.corruptions.homography import Homography, enlarged, tilted, turned, warp
from ml.evaluation.corruptions.subject import CorruptedImage, Subject


def rotation(subject: Subject, rng: np.random.Generator) -> Callable[[float], CorruptedImage]:
    """Roll the camera by this many degrees, to the left or to the right (drawn at random)."""
    sign = rng.choice((-1.0, 1.0))
    return lambda degrees: _warped(subject, turned(sign * degrees))


def perspective(subject: Subject, rng: np.random.Generator) -> Callable[[float], CorruptedImage]:
    """View the scene, as a plane, from this many degrees off its normal, from a random direction."""
    direction = rng.uniform(0, 360)
    return lambda degrees: _warped(subject, tilted(degrees, direction=direction))


def zoom(subject: Subject, rng: np.random.Generator) -> Callable[[float], CorruptedImage]:
    """Enlarge or shrink the scene (drawn at random) by this factor."""
    sign = rng.choice((-1.0, 1.0))
    return lambda factor: _warped(subject, enlarged(factor**sign))


def _warped(subject: Subject, view: Homography) -> CorruptedImage:
    return CorruptedImage(warp(subject.image, view), view)
