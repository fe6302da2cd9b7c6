"""Shrinks a picture to the small one by which near-duplicates are confirmed."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PIL import Image

SIDE = 64
"""Of a thumbnail, in pixels."""


def thumbnail(picture: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """The whole picture, squeezed into a square and averaged.

    Args:
        picture: (H, W, 3) uint8; all pictures of an audit cut in the same way, whole or at the size the model takes.

    Returns:
        (64, 64, 3) uint8.
    """
    return np.asarray(Image.fromarray(picture).resize((SIDE, SIDE), Image.Resampling.BOX), np.uint8)
