"""Measures a picture as a picture: how bright, how rich in contrast, how sharp, how large."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from scipy.ndimage import laplace

MEASURES = ("brightness", "contrast", "sharpness", "height", "width")
"""The columns: mean grey level (0 to 255); standard deviation of the grey levels; see ``_sharpness``; pixels."""

SIDE = 128
"""Sharpness is measured at this size of the longer side, so that it means the same for small and large pictures."""


def picture_measures(picture: NDArray[np.uint8]) -> NDArray[np.float64]:
    """Measure one picture.

    Args:
        picture: (H, W, 3) uint8, at its own size.

    Returns:
        (5,) float64, in the order of ``MEASURES``.
    """
    grey = Image.fromarray(picture).convert("L")
    levels = np.asarray(grey, np.float64)
    height, width = picture.shape[:2]
    return np.array([levels.mean(), levels.std(), _sharpness(grey), height, width])


def _sharpness(grey: Image.Image) -> float:
    """Standard deviation of the Laplacian over that of the grey levels, of which one level is the least that counts.

    The Laplacian's variance is a usual measure of focus (Pech-Pacheco et al. 2000); over the contrast it does not
    take a picture without contrast for a blurred one.
    """
    scale = SIDE / max(grey.size)
    small = grey.resize((max(3, round(grey.width * scale)), max(3, round(grey.height * scale))), Image.Resampling.BOX)
    levels = np.asarray(small, np.float64)
    return float(laplace(levels).std() / max(levels.std(), 1.0))
