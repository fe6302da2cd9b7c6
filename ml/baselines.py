"""Reference images for Integrated Gradients, named in raw RGB; they go through the model's preprocessing.

Zero in a preprocessed space is not black (for ResNet50 it is the mean colour of ImageNet).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
import numpy.typing as npt
from scipy.ndimage import gaussian_filter

Images = npt.NDArray[np.float32]
# Standard deviation of the blurred baseline, as a share of the image's side.
_BLUR_SHARE = 0.1


def _black(images: Images) -> Images:
    return np.zeros_like(images)


def _white(images: Images) -> Images:
    return np.full_like(images, 255.0)


def _mean(images: Images) -> Images:
    """Each image's own mean colour."""
    return np.array(np.broadcast_to(images.mean(axis=(1, 2), keepdims=True), images.shape), np.float32)


def _blur(images: Images) -> Images:
    sigma = _BLUR_SHARE * images.shape[1]
    return np.asarray(gaussian_filter(images, sigma=(0, sigma, sigma, 0), mode="nearest"), np.float32)


BASELINES: Mapping[str, Callable[[Images], Images]] = {
    "black": _black,
    "white": _white,
    "mean": _mean,
    "blur": _blur,
}


def baselines(name: str, images: Images) -> Images:
    """The reference of each image.

    Args:
        name: a key of ``BASELINES``.
        images: (N, S, S, 3), raw RGB, 0 to 255.

    Raises:
        KeyError: no such baseline.
    """
    return BASELINES[name](images)
