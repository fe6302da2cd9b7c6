"""Defines what a method of an image gets and gives: the contract of methods that other packages add.

Such a method is a function ``(request: MapRequest) -> ImageMap``. It is called once for each image and class, and with
noise once for each noisy copy. docs/explainers.md shows one.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32]
OfImages = Callable[[Floats], Floats]


@dataclass(frozen=True, eq=False)
class MapRequest:
    """One image to explain, and the classifier as functions of images (n, H, W, 3) float32 raw RGB, n at least 1.

    The functions compute ``batch_size`` images at a time and fill up the last batch, so few calls with many images are
    fast. Between batches they look whether the job is to stop.

    Attributes:
        image: (H, W, 3) float32 raw RGB, 0 to 255; read-only.
        target: the class to explain.
        options: an instance of the method's own model of options; None where it has none.
        scores: → (n,), what is explained of the target: by default its logit minus the mean of all logits; whatever
            the job asks for (``ml.attribution.scores``).
        gradients: → (n, H, W, 3), of the score by the pixels.
        logits: → (n, K).
        probabilities: → (n, K), softmax.
        batch_size: images that are computed at once.
        check: raises if the job is to stop; to be called during long work between calls of the other functions.
    """

    image: Floats
    target: int
    options: Any
    scores: OfImages
    gradients: OfImages
    logits: OfImages
    probabilities: OfImages
    batch_size: int
    check: Callable[[], None]


@dataclass(frozen=True, eq=False)
class ImageMap:
    """What a method found.

    Attributes:
        map: (H, W), raw: never normalised. Of a method with colours ``diverging``, what is above zero speaks for the
            class; of one with ``sequential``, nothing is below zero. NaN and infinite values get the flag
            ``non_finite``.
        flags: what is to be known of this map, in words joined by ``_``.
        numbers: measured ones by name. ``evaluations`` is counted for it: images that the functions computed.
    """

    map: npt.NDArray[Any]
    flags: tuple[str, ...] = ()
    numbers: Mapping[str, float] = field(default_factory=dict)
