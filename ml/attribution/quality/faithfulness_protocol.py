"""Defines how deletion and insertion replace pixels: in how many steps, by what, and from what blur.

Areas compare only within one protocol. ``FLORESCOPE`` is quick; ``RISE`` is that of the paper's code for single images,
at 224 pixels, so that its areas can be held against the paper's table.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
import numpy.typing as npt
from scipy.ndimage import correlate1d, gaussian_filter, gaussian_filter1d

Floats = npt.NDArray[np.float32]

GREY = 127.5
"""Mid-grey in raw RGB."""
BLUR_SHARE = 0.05
"""Standard deviation of our blur, as a share of the image's shorter side."""
IMAGENET_MEAN = (123.675, 116.28, 103.53)
"""Mean colour of ImageNet in raw RGB: zero after the normalisation of the networks that RISE was tried on."""
RISE_KERNEL, RISE_SIGMA = 11, 5.0
"""Side of the blur's kernel and its standard deviation, in pixels."""


@dataclass(frozen=True)
class FaithfulnessProtocol:
    """How the pixels of a picture (S, S, 3), raw RGB, are replaced.

    Attributes:
        fixed_steps: in how many steps; None: in as many as the picture has rows, a row's worth of pixels each.
        fill: the colour that takes the place of deleted pixels.
        blurred: the picture from which insertion starts.
        meaning: the same in words, for people.
    """

    fixed_steps: int | None
    fill: tuple[float, float, float]
    blurred: Callable[[Floats], Floats]
    meaning: str

    def steps(self, side: int) -> int:
        """In how many steps the pixels of a picture of this side are replaced."""
        return self.fixed_steps or side

    def filled(self, image: Floats) -> Floats:
        """The picture at which deletion ends, (S, S, 3)."""
        return np.broadcast_to(np.asarray(self.fill, np.float32), image.shape)


def _blurred_by_share(image: Floats) -> Floats:
    sigma = BLUR_SHARE * min(image.shape[:2])
    return np.asarray(gaussian_filter(image, sigma=(sigma, sigma, 0), mode="nearest"), np.float32)


def _blurred_as_rise(image: Floats) -> Floats:
    """RISE convolves the normalised picture, padded by zeros, which are the mean colour in raw RGB."""
    impulse = np.zeros(RISE_KERNEL)
    impulse[RISE_KERNEL // 2] = 1
    kernel = gaussian_filter1d(impulse, RISE_SIGMA)  # mirrored at its ends, so that it still sums to 1
    mean = np.asarray(IMAGENET_MEAN)
    centred = image.astype(np.float64) - mean
    for axis in (0, 1):
        centred = correlate1d(centred, kernel, axis=axis, mode="constant", cval=0.0)
    return np.asarray(centred + mean, np.float32)


FLORESCOPE = FaithfulnessProtocol(
    32,
    (GREY, GREY, GREY),
    _blurred_by_share,
    "32 steps of as many pixels each; deleted pixels turn mid-grey; insertion starts from the picture blurred by 5 % "
    "of its shorter side",
)
RISE = FaithfulnessProtocol(
    None,
    IMAGENET_MEAN,
    _blurred_as_rise,
    "a step per row of the picture, each of a row's worth of pixels; deleted pixels turn into the mean colour of "
    "ImageNet; insertion starts from the picture blurred by a Gaussian of 5 pixels, cut to 11 by 11: what the code of "
    "RISE (Petsiuk et al. 2018) does for single images, at 224 pixels",
)
PROTOCOLS: Mapping[str, FaithfulnessProtocol] = MappingProxyType({"florescope": FLORESCOPE, "rise": RISE})
"""By the name in the specification of a job."""
