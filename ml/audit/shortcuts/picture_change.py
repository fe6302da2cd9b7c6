"""Imposes on pictures, and takes from them, what they are as a whole: colour cast, light, blur, compression.

Each change is measured on the class's images against those of the other classes. One control is a change of the same
strength in another direction; another is what taking it from the other classes' images does to them.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from types import MappingProxyType

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageFilter

from ml.audit.shortcuts.arms import Arms, Changed, Group
from ml.audit.shortcuts.counterparts import counterparts
from ml.audit.shortcuts.picture_cues import CUES, picture_cues, surround_of
from ml.audit.shortcuts.suspicion import Kind

Images = npt.NDArray[np.uint8]
Change = Callable[[Images], Images]
"""Changes pictures (n, H, W, 3)."""
_LOOKED_AT = 12
_SIGMAS = (0.4, 0.6, 0.8, 1.0, 1.3, 1.6, 2.0, 2.5, 3.2, 4.0, 5.0)
_PERCENTS = (10, 20, 40, 80, 120, 200)
_QUALITIES = (70, 50, 35, 25, 18, 12, 9, 6)
_LEAST_LEVELS = 1.0
"""The contrast, as a standard deviation in grey levels, that a picture is taken to have at least."""


@dataclass(frozen=True, eq=False)
class PictureChange:
    """How a difference between the pictures of a class and the others is imposed, taken away, and controlled.

    Attributes:
        impose: makes other pictures like those of the class.
        take: makes pictures of the class like the others, in one or more ways.
        control: another change, as large, that imposing is held against.
        control_of_taking: the same for taking it away, which is no control of itself.
    """

    impose: Change
    take: tuple[Change, ...]
    control: Change
    control_of_taking: Change


def picture_arms(kind: Kind, own: Group, others: Group, *, share: float) -> Arms:
    """The arms of a difference of the whole picture.

    Args:
        kind: of difference.
        own: images of the class that show it most.
        others: images of other classes.
        share: of the images of the class that are ``own``.
    """
    change = CHANGES[kind](own.images, counterparts(kind, own.images, others.images, share=share))
    label = own.predicted[:1]
    return Arms(
        pasted=Changed(change.impose(others.images), np.repeat(label, len(others.images))),
        pasted_controls=(
            lambda: Changed(change.control(others.images), np.repeat(label, len(others.images)), paired=True),
        ),
        removed=tuple(Changed(take(own.images), own.predicted) for take in change.take),
        removed_controls=(
            lambda: Changed(change.control_of_taking(own.images), own.predicted, paired=True),
            *(partial(_taken, take, others) for take in change.take),
        ),
    )


def _taken(take: Change, others: Group) -> Changed:
    return Changed(take(others.images), others.predicted)


def colour_change(own: Images, others: Images) -> PictureChange:
    """Gains of the three channels, from the surround; the control permutes them."""
    gains = _surround_colours(own) / _surround_colours(others)
    permuted = _scaled(np.roll(gains, 1))
    return PictureChange(_scaled(gains), (_scaled(1 / gains),), permuted, permuted)


def brightness_change(own: Images, others: Images) -> PictureChange:
    """One gain of all channels; imposing and taking, which is its inverse, control each other."""
    gain = np.full(3, _surround_colours(own).mean() / _surround_colours(others).mean())
    impose, take = _scaled(gain), _scaled(1 / gain)
    return PictureChange(impose, (take,), control=take, control_of_taking=impose)


def contrast_change(own: Images, others: Images) -> PictureChange:
    """One gain around the mean of each picture; imposing and taking, which is its inverse, control each other."""
    own_levels, other_levels = (max(float(np.median(each.std(axis=(1, 2)))), _LEAST_LEVELS) for each in (own, others))
    gain = own_levels / other_levels
    impose, take = _stretched(gain), _stretched(1 / gain)
    return PictureChange(impose, (take,), control=take, control_of_taking=impose)


def blur_change(own: Images, others: Images) -> PictureChange:
    """The blur that makes other pictures as smooth, or sharpening; the control is as large a change of brightness.

    Blurring is not the inverse of sharpness: it loses what the class is recognised by, so sharpness is only imposed.
    """
    wanted = _cue(own, "blur")
    sharper = wanted < _cue(others, "blur")
    tried = [_sharpened(1.0, percent) for percent in _PERCENTS] if sharper else [_blurred(sigma) for sigma in _SIGMAS]
    change = min(tried, key=lambda one: abs(_cue(one(others[:_LOOKED_AT]), "blur") - wanted))
    taken = () if sharper else (_sharpened(_SIGMAS[tried.index(change)], _PERCENTS[-1]),)
    dimmed = _dimmed(others, change)
    return PictureChange(change, taken, dimmed, dimmed)


def compression_change(own: Images, others: Images) -> PictureChange:
    """The compression that makes other pictures as blocky; the control is as large a change of brightness.

    What compression took cannot be given back, so it is only imposed.
    """
    wanted = {cue: _cue(own, cue) for cue in ("blockiness", "blur")}

    def distance(quality: int) -> float:
        changed = _compressed(quality)(others[:_LOOKED_AT])
        return sum(abs(_cue(changed, cue) - value) for cue, value in wanted.items())

    quality = min(_QUALITIES, key=distance)
    dimmed = _dimmed(others, _compressed(quality))
    return PictureChange(_compressed(quality), (), dimmed, dimmed)


CHANGES: Mapping[Kind, Callable[[Images, Images], PictureChange]] = MappingProxyType(
    {
        "colour": colour_change,
        "brightness": brightness_change,
        "contrast": contrast_change,
        "blur": blur_change,
        "compression": compression_change,
    }
)


def _surround_colours(images: Images) -> npt.NDArray[np.float64]:
    outside = images[:, surround_of(*images.shape[1:3])]
    return np.asarray(np.median(outside.mean(axis=1), axis=0) + 1.0)


def _cue(images: Images, name: str) -> float:
    return float(np.median([picture_cues(image)[CUES.index(name)] for image in images[:_LOOKED_AT]]))


def _scaled(gains: npt.NDArray[np.float64]) -> Change:
    return lambda images: np.clip(np.rint(images * gains), 0, 255).astype(np.uint8)


def _stretched(gain: float) -> Change:
    def stretch(images: Images) -> Images:
        means = images.mean(axis=(1, 2), keepdims=True)
        return np.clip(np.rint(means + gain * (images - means)), 0, 255).astype(np.uint8)

    return stretch


def _blurred(sigma: float) -> Change:
    return lambda images: _each(images, lambda picture: picture.filter(ImageFilter.GaussianBlur(sigma)))


def _sharpened(sigma: float, percent: int) -> Change:
    mask = ImageFilter.UnsharpMask(radius=sigma, percent=percent, threshold=0)
    return lambda images: _each(images, lambda picture: picture.filter(mask))


def _compressed(quality: int) -> Change:
    def compress(picture: Image.Image) -> Image.Image:
        buffer = io.BytesIO()
        picture.save(buffer, "JPEG", quality=quality)
        return Image.open(buffer)

    return lambda images: _each(images, compress)


def _dimmed(images: Images, change: Change) -> Change:
    """A change of brightness whose mean square is that of another change of these images."""
    some = images[:_LOOKED_AT].astype(np.float32)
    size = (
        np.sqrt(np.mean((change(images[:_LOOKED_AT]) - some) ** 2) / max(np.mean(some**2), 1.0)) if len(some) else 0.0
    )
    return _scaled(np.full(3, 1 - float(size)))


def _each(images: Images, change: Callable[[Image.Image], Image.Image]) -> Images:
    return (
        np.stack([np.asarray(change(Image.fromarray(image)), np.uint8) for image in images]) if len(images) else images
    )
