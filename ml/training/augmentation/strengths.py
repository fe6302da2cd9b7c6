"""How far training images vary: the strengths of single changes, and the policies that have names."""

from __future__ import annotations

from dataclasses import astuple, dataclass, replace
from typing import Literal

from ml.errors import UnknownName

BASELINE, AUGMENTED = "baseline", "augmented"
WHITE = 255.0
Policy = Literal["none", "trivial", "rand", "augmix"]


@dataclass(frozen=True)
class Augmentation:
    """How far images vary; 0 leaves them as they are.

    Attributes:
        flip: probability of a left-right flip.
        rotation_degrees: at most this angle, in either direction.
        zoom: at most by this share, in or out.
        translation: at most by this share of the side, in both directions.
        resized_crop: the crop that is scaled up holds at least 1 minus this share of the area; below 0.25 up to 0.13
            less, because crops have proportions of up to 4:3.
        brightness: at most by this share of white, darker or brighter.
        contrast: at most by this share, less or more.
        saturation: at most by this share, paler or more colourful.
        hue: at most by this share of the colour circle, in either direction.
        policy: operations that are drawn at random for each image: see ``ml.training.augmentation.policy``.
        policy_strength: 0 to 1, of the policy's own range; None: what its paper takes.
        gaussian_blur: at most this standard deviation, as a share of the side.
        motion_blur: at most this length of the path, as a share of the side.
        noise: at most this standard deviation, as a share of white.
        jpeg: at most this share of JPEG's quality is lost.
        resolution: at most this share of the side is lost, and scaled up again.
        quality_probability: that an image loses quality at all, by one of these five.
        shadow: at most this share of the light is lost on one side of a line.
        erasing: probability that a rectangle is filled with noise.
    """

    flip: float = 0.5
    rotation_degrees: float = 15
    zoom: float = 0.1
    translation: float = 0.05
    resized_crop: float = 0.35
    brightness: float = 0.1
    contrast: float = 0.2
    saturation: float = 0.2
    hue: float = 0.02
    policy: Policy = "none"
    policy_strength: float | None = None
    gaussian_blur: float = 0.0
    motion_blur: float = 0.0
    noise: float = 0.0
    jpeg: float = 0.0
    resolution: float = 0.0
    shadow: float = 0.0
    erasing: float = 0.0
    quality_probability: float = 1.0

    @property
    def is_identity(self) -> bool:
        """Whether images stay as they are."""
        return all(value in ("none", None, 0) for value in astuple(replace(self, quality_probability=0)))


NOTHING = Augmentation(0, 0, 0, 0, 0, 0, 0, 0, 0)
"""Leaves images as they are."""


def is_augmented(pipeline: str) -> bool:
    """Whether a pipeline augments images.

    Raises:
        UnknownName: no such pipeline.
    """
    if pipeline not in (BASELINE, AUGMENTED):
        raise UnknownName(f"no pipeline {pipeline!r}: there are {BASELINE} and {AUGMENTED}")
    return pipeline == AUGMENTED
