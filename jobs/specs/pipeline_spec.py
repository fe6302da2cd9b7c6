"""Defines the parts of a training specification about its input pipeline: augmentation and mixing."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Annotated, Any, Literal, get_args

from pydantic import BeforeValidator, Field, model_validator

from jobs.value import Value

Share = Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)]
PolicyName = Literal["none", "trivial", "rand", "augmix"]
BESIDE_A_POLICY = ("flip", "resized_crop", "quality_probability")
"""Strengths that keep their defaults beside a policy, as in the papers; the policy itself does what the others do."""


class Augmentation(Value):
    """How far the pipeline ``augmented`` varies each image, anew each time; 0 leaves it as it is.

    A name alone (``"trivial"``) is short for that policy. With a policy, strengths that are not given are 0, except
    ``flip`` and ``resized_crop``.

    Attributes:
        policy: operations on position, colour and tone that are drawn at random for each image: ``trivial`` is
            TrivialAugment with its wide ranges (Müller & Hutter 2021), ``rand`` RandAugment with two operations (Cubuk
            et al. 2020), ``augmix`` AugMix without its loss (Hendrycks et al. 2020).
        policy_strength: share of the policy's range; null is what the papers take: 1 with ``trivial``, where it is the
            largest, and 0.3 with ``rand``, where all operations have it, and with ``augmix``, where it is the largest.
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
        gaussian_blur: at most with this standard deviation, as a share of the side. Of ``gaussian_blur``,
            ``motion_blur``, ``noise``, ``jpeg`` and ``resolution``, each image gets one, drawn from those above 0.
        motion_blur: at most along a path of this length, as a share of the side.
        noise: at most with this standard deviation, as a share of white.
        jpeg: at most this share of JPEG's quality is lost.
        resolution: at most this share of the side is lost, and scaled up again.
        quality_probability: that an image gets one of these five at all.
        shadow: at most this share of the light is lost, on one side of a line.
        erasing: probability that a rectangle of 2 to 40 % of the image is filled with noise (Zhong et al. 2020).
    """

    policy: PolicyName = "none"
    policy_strength: Annotated[float, Field(gt=0, le=1, allow_inf_nan=False)] | None = None
    flip: Share = 0.5
    rotation_degrees: float = Field(default=15, ge=0, le=180, allow_inf_nan=False)
    zoom: float = Field(default=0.1, ge=0, lt=1, allow_inf_nan=False)
    translation: Share = 0.05
    resized_crop: float = Field(default=0.35, ge=0, lt=1, allow_inf_nan=False)
    brightness: Share = 0.1
    contrast: Share = 0.2
    saturation: Share = 0.2
    hue: float = Field(default=0.02, ge=0, le=0.5, allow_inf_nan=False)
    gaussian_blur: float = Field(default=0, ge=0, le=0.1, allow_inf_nan=False)
    motion_blur: float = Field(default=0, ge=0, le=0.1, allow_inf_nan=False)
    noise: Share = 0
    jpeg: float = Field(default=0, ge=0, lt=1, allow_inf_nan=False)
    resolution: float = Field(default=0, ge=0, lt=1, allow_inf_nan=False)
    quality_probability: Share = 1
    shadow: Share = 0
    erasing: Share = 0

    @model_validator(mode="before")
    @classmethod
    def _policy_alone(cls, given: Any) -> Any:
        """Beside a policy, strengths that are not given are 0."""
        if not isinstance(given, dict) or given.get("policy", "none") == "none":
            return given
        numbers = {name for name, field in cls.model_fields.items() if isinstance(field.default, int | float)}
        return dict.fromkeys(numbers.difference(BESIDE_A_POLICY), 0) | given

    @model_validator(mode="after")
    def _strength_of_a_policy(self) -> Augmentation:
        if self.policy == "none" and self.policy_strength is not None:
            raise ValueError(
                f"policy_strength is {self.policy_strength:g}, but there is no policy: say which one, "
                f"{', '.join(get_args(PolicyName)[1:])}, or leave policy_strength out"
            )
        return self


ZERO_BESIDE_A_POLICY = frozenset(
    name
    for name, field in Augmentation.model_fields.items()
    if isinstance(field.default, int | float) and field.default and name not in BESIDE_A_POLICY
)
"""Strengths whose default is 0 beside a policy, and above 0 without one."""


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


NAMED_BY: Mapping[str, str] = MappingProxyType({"augmentation": "policy", "mixing": "kind"})
"""Parts for which a name alone may stand, each with its field that has this name."""


def _kind_of_mixing(value: Any) -> Any:
    """``"cutmix"`` is short for ``{"kind": "cutmix"}``."""
    return {NAMED_BY["mixing"]: value} if isinstance(value, str) else value


def _policy(value: Any) -> Any:
    """``"trivial"`` is short for ``{"policy": "trivial"}``."""
    return {NAMED_BY["augmentation"]: value} if isinstance(value, str) else value


MixingOrName = Annotated[Mixing, BeforeValidator(_kind_of_mixing, json_schema_input_type=Mixing | str)]
AugmentationOrPolicy = Annotated[Augmentation, BeforeValidator(_policy, json_schema_input_type=Augmentation | str)]
