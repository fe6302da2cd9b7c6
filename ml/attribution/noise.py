"""Makes noisy copies of an image; the seed is the image itself, so other images and their order change nothing."""

from __future__ import annotations

import zlib

import numpy as np
import numpy.typing as npt

Pixels = npt.NDArray[np.uint8]
Floats = npt.NDArray[np.float32]


def seed_of(image: Pixels) -> int:
    """A seed that depends on the pixels alone."""
    return zlib.crc32(np.ascontiguousarray(image).tobytes())


def noisy_copies(image: Pixels, *, samples: int, stddev: float) -> Floats:
    """Copies of the image with normal noise (Smilkov et al. 2017, "SmoothGrad", section 2).

    Args:
        image: (S, S, 3), 0 to 255.
        samples: how many copies; 0 for the image alone.
        stddev: of the noise, as a share of 255.

    Returns:
        (max(samples, 1), S, S, 3); values may lie outside 0 to 255, because clipping would shift the mean.
    """
    clean = image.astype(np.float32)
    if not samples:
        return clean[None]
    noise = np.random.default_rng((seed_of(image), 1)).standard_normal((samples, *image.shape), np.float32)
    return clean + np.float32(255 * stddev) * noise
