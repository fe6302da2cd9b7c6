"""Defines the parts of a training specification about its input pipeline: augmentation and mixing."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field

from jobs.value import Value

Share = Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)]


class Augmentation(Value):
    """How far the pipeline ``augmented`` varies each image, anew each time; 0 leaves it as it is.

    Attributes:
        flip: probability of a left-right flip.
        rotation_degrees: at most this angle, in either direction.
        zoom: at most by this share, in or out.
        translation: at most by this share of the side, in both directions.
        resized_crop: the crop that is scaled up holds at least 1 minus this share of the area.
        brightness: at most by this share of white, darker or brighter.
        contrast: at most by this share, less or more.
        saturation: at most by this share, paler or more colourful.
        hue: at most by this share of the colour circle, in either direction.
    """

    flip: Share = 0.5
    rotation_degrees: float = Field(default=15, ge=0, le=180, allow_inf_nan=False)
    zoom: float = Field(default=0.1, ge=0, lt=1, allow_inf_nan=False)
    translation: Share = 0.05
    resized_crop: float = Field(default=0.35, ge=0, lt=1, allow_inf_nan=False)
    brightness: Share = 0.1
    contrast: Share = 0.2
    saturation: Share = 0.2
    hue: float = Field(default=0.02, ge=0, le=0.5, allow_inf_nan=False)


class Mixing(Value):
    """Mixes pairs of training images and their labels; a label's share is its image's share of the pixels.

    Attributes:
        kind: ``mixup`` (Zhang et al. 2018) blends two images, ``cutmix`` (Yun et al. 2019) pastes a box of one into
            the other, ``both`` does either at random, ``none`` neither.
        alpha: of the Beta(alpha, alpha) distribution of the shares.
        probability: that an image is mixed at all.
    """

    kind: Literal["none", "mixup", "cutmix", "both"] = "none"
    alpha: float = Field(default=0.4, gt=0, le=100, allow_inf_nan=False)
    probability: Share = 0.5


def _named(value: Any) -> Any:
    """``"cutmix"`` is short for ``{"kind": "cutmix"}``."""
    return {"kind": value} if isinstance(value, str) else value


MixingOrName = Annotated[Mixing, BeforeValidator(_named, json_schema_input_type=Mixing | str)]
