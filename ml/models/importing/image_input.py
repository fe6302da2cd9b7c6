"""What a model takes as its image: how large, how many channels, in which order; and how raw RGB becomes that.

A published model takes raw RGB (N, height, width, 3), whatever the original took: conversion to grey, an opaque alpha
channel and the order of the axes become part of its graph. They are linear, so attributions to the pixels still add up.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import keras

from ml.errors import UnusableModel
from ml.models.importing.channels_last import FIRST
from ml.models.preprocessing import Preprocess, caffe, torch
from ml.models.spatial_features import CHANNELS_FIRST

GREY_WEIGHTS = (0.299, 0.587, 0.114)
"""Of red, green and blue in the luma of ITU-R BT.601, section 2.5.1, as Pillow's mode L and TensorFlow convert."""

_OPAQUE = 255.0


@dataclass(frozen=True)
class ImageInput:
    """The input of a model.

    Attributes:
        height, width: pixels.
        channels: 1 grey, 3 RGB, 4 RGB and alpha; 0: grey without an axis for channels.
        channels_first: whether they come before the rows.
    """

    height: int
    width: int
    channels: int
    channels_first: bool

    def prepared(self, image: Any, preprocess: Preprocess) -> Any:
        """From raw RGB (N, height, width, 3), a Keras tensor, to the model's input.

        Raises:
            UnusableModel: the preprocessing is for RGB, and the model takes other channels.
        """
        if self.channels != 3 and preprocess in {caffe, torch}:
            raise UnusableModel(
                f"the model takes {max(1, self.channels)} channels, and this preprocessing is for the three of RGB: "
                "use none, zero_to_one or minus_one_to_one",
                about="preprocessing",
            )
        tensor = image
        if self.channels <= 1:
            weighted = keras.layers.Rescaling(scale=list(GREY_WEIGHTS), name="luma")(image)
            tensor = keras.ops.sum(weighted, axis=-1, keepdims=True)
        elif self.channels == 4:
            tensor = keras.ops.pad(image, [[0, 0], [0, 0], [0, 0], [0, 1]], constant_values=_OPAQUE)
        tensor = preprocess(tensor)
        if self.channels == 0:
            return keras.layers.Reshape((self.height, self.width))(tensor)
        return keras.layers.Permute(FIRST, name=CHANNELS_FIRST)(tensor) if self.channels_first else tensor


def image_input(shape: Any, *, asked: tuple[int | None, int | None]) -> ImageInput:
    """Read the shape of a model's input (N, height, width, channels), or with the channels first.

    Args:
        shape: sides are None where the model takes any.
        asked: height and width to use where it takes any; width None: the height.

    Raises:
        UnusableModel: it is no image, or of no size, or of another than asked.
    """
    sides = tuple(None if side is None else int(side) for side in shape[1:])
    if len(sides) == 2 and None not in sides:
        return _sized(sides, 0, asked=asked, first=False)
    first = len(sides) == 3 and sides[2] not in {1, 3, 4} and sides[0] in {1, 3, 4}
    channels = sides[0 if first else -1] if len(sides) == 3 else None
    if channels not in {1, 3, 4}:
        raise UnusableModel(
            f"the model's input is {_shown(sides)}, expected [N, height, width, channels] or [N, channels, height, "
            "width] with 1 (grey), 3 (RGB) or 4 (RGB and alpha) channels"
        )
    return _sized(sides[1:] if first else sides[:2], channels or 0, asked=asked, first=first)


def _sized(
    sides: tuple[int | None, ...], channels: int, *, asked: tuple[int | None, int | None], first: bool
) -> ImageInput:
    height, width = asked[0], asked[1] or asked[0]
    if None in sides and height is None:
        raise UnusableModel("the model takes images of any size: say which image_size to use", about="image_size")
    for own, wish, name in zip(
        sides, (height, width), ("image_size", "image_width" if asked[1] else "image_size"), strict=True
    ):
        if wish is not None and own not in {None, wish}:
            raise UnusableModel(
                f"{name} {wish} does not fit: the model takes {sides[0]} x {sides[1]} pixels (height x width); "
                "leave it out",
                about=name,
            )
    return ImageInput(int(sides[0] or height or 0), int(sides[1] or width or 0), channels, first)


def _shown(sides: tuple[int | None, ...]) -> str:
    return str(["N", *sides]).replace("'N'", "N")
