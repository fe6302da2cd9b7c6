"""Statistics of a picture that a model may use in place of its subject: colour cast, frame, blur and others."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

CUES: tuple[str, ...] = ("brightness", "contrast", "red_green", "blue_yellow")
"""Names of the numbers of ``picture_cues``, in their order."""


def picture_cues(picture: npt.NDArray[np.uint8]) -> npt.NDArray[np.float32]:
    """The cues (C,) of a picture (H, W, 3), as the model sees it."""
    red, green, blue = (picture[..., channel].astype(np.float32) / np.float32(255) for channel in range(3))
    grey = (red + green + blue) / np.float32(3)
    return np.asarray([grey.mean(), grey.std(), (red - green).mean(), (blue - (red + green) / 2).mean()], np.float32)
