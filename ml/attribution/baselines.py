"""Makes the baseline images of Integrated Gradients, in raw RGB; the model preprocesses them like any image.

Zero in a preprocessed space is not black (for ResNet50 it is the mean colour of ImageNet).

``random:n`` is n images of uniform noise from 0 to 255; the explanation is the mean over all n (Erion et al. 2021,
"Improving performance of deep learning models with axiomatic attribution priors and expected gradients"; here with
noise in place of a data set, so that no other image influences the result).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
import numpy.typing as npt
from scipy.ndimage import gaussian_filter

from ml.errors import UnknownName

Images = npt.NDArray[np.float32]
RANDOM = "random:"
MAX_RANDOM_BASELINES = 256
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
    """The baseline of each image.

    Args:
        name: a key of ``BASELINES``.
        images: (N, S, S, 3), raw RGB, 0 to 255.

    Raises:
        KeyError: no such baseline.
    """
    return BASELINES[name](images)


def baselines_of(name: str, image: Images, *, seed: int) -> Images:
    """All baselines of one image.

    Args:
        name: a key of ``BASELINES``, or ``random:n``.
        image: (S, S, 3), raw RGB, 0 to 255.
        seed: of random baselines.

    Returns:
        (1, S, S, 3), or (n, S, S, 3) for ``random:n``.
    """
    if not name.startswith(RANDOM):
        return baselines(name, image[None])
    shape = (_count(name), *image.shape)
    return np.random.default_rng(seed).uniform(0, 255, shape).astype(np.float32)


def require_baseline(name: str) -> None:
    """Refuse a name that is not a baseline.

    Raises:
        UnknownName: neither a key of ``BASELINES`` nor ``random:n`` with n from 1 to ``MAX_RANDOM_BASELINES``.
    """
    if name not in BASELINES and not 1 <= _count(name) <= MAX_RANDOM_BASELINES:
        known = ", ".join(BASELINES)
        raise UnknownName(
            f"no baseline {name!r}: there are {known}, and random:n with n from 1 to {MAX_RANDOM_BASELINES}"
        )


def _count(name: str) -> int:
    number = name.removeprefix(RANDOM) if name.startswith(RANDOM) else ""
    return int(number) if number.isascii() and number.isdigit() else 0
