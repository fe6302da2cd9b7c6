"""Pictures of three classes whose pixels are noise, and models that look at one thing only."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from ml.audit.shortcuts.picture_cues import picture_cues
from ml.audit.shortcuts.suspicion import Evidence, Pictures

SIDE, LABEL, PER_CLASS, CLASSES = 32, 1, 24, 3
MAGENTA = (255, 0, 255)
Images = npt.NDArray[np.uint8]
Floats = npt.NDArray[np.float32]
MEMBER = np.repeat(np.arange(CLASSES), PER_CLASS) == LABEL


def noise() -> Images:
    """(72, 32, 32, 3), the classes one after the other; the first pixel tells the class."""
    images = np.random.default_rng(3).integers(60, 140, (PER_CLASS * CLASSES, SIDE, SIDE, 3)).astype(np.uint8)
    images[:, 16, 16, 0] = np.repeat(np.arange(CLASSES), PER_CLASS)
    return images


def given(images: Images) -> Pictures:
    def pictures(indices: Sequence[int], /) -> Images:
        return images[list(indices)]

    return pictures


def evidence(images: Images, peaks: npt.NDArray[np.bool_] | None = None) -> Evidence:
    """Maps are noise, but for ``peaks`` (N, 8, 8)."""
    rng = np.random.default_rng(5)
    labels = np.repeat(np.arange(CLASSES), PER_CLASS)
    maps = rng.random((len(images), 8, 8)).astype(np.float32)
    if peaks is not None:
        maps[peaks] += 8
    cues = np.stack([picture_cues(image) for image in images])
    return Evidence(maps, rng.random((len(images), 4)).astype(np.float32), cues, labels, labels)


def told_by(sees: npt.NDArray[np.bool_], images: Images) -> Floats:
    """Probabilities of a model that says class 1 where it sees something, else the class of the pixel in the middle."""
    classes = np.where(sees, LABEL, np.where(images[:, 16, 16, 0] == 2, 2, 0))
    return np.eye(CLASSES, dtype=np.float32)[classes]


def true_class(images: Images) -> Floats:
    """Probabilities of a model that looks at the pixel in the middle alone."""
    return np.eye(CLASSES, dtype=np.float32)[images[:, 16, 16, 0] % CLASSES]
