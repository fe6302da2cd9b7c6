"""Preprocesses raw RGB, 0..255, into the input that a network was trained on, in Keras' own layers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

import keras

LAYER = "preprocessing"
CAFFE_MEAN_BGR = (103.939, 116.779, 123.68)
TORCH_MEAN_RGB = (0.485, 0.456, 0.406)
TORCH_DEVIATION_RGB = (0.229, 0.224, 0.225)

Preprocess = Callable[[Any], Any]


def none(image: Any) -> Any:
    """No change: the network takes raw RGB, or preprocesses it itself, as EfficientNetV2 and ConvNeXt do."""
    return image


def zero_to_one(image: Any) -> Any:
    """Values between 0 and 1."""
    return keras.layers.Rescaling(scale=1 / 255, name=LAYER)(image)


def minus_one_to_one(image: Any) -> Any:
    """Values between -1 and 1 (``mode="tf"`` of the Keras applications)."""
    return keras.layers.Rescaling(scale=1 / 127.5, offset=-1.0, name=LAYER)(image)


def caffe(image: Any) -> Any:
    """BGR, minus the ImageNet mean, not scaled."""
    blue_first = keras.ops.flip(image, axis=-1)
    offset = [-mean for mean in CAFFE_MEAN_BGR]
    return keras.layers.Rescaling(scale=1.0, offset=offset, name=LAYER)(blue_first)


def torch(image: Any) -> Any:
    """Values between 0 and 1, minus the ImageNet mean, divided by the ImageNet deviation, channel by channel."""
    scale = [1 / (255 * deviation) for deviation in TORCH_DEVIATION_RGB]
    offset = [-mean / deviation for mean, deviation in zip(TORCH_MEAN_RGB, TORCH_DEVIATION_RGB, strict=True)]
    return keras.layers.Rescaling(scale=scale, offset=offset, name=LAYER)(image)


PREPROCESSING: Mapping[str, Preprocess] = MappingProxyType(
    {
        "none": none,
        "zero_to_one": zero_to_one,
        "minus_one_to_one": minus_one_to_one,
        "caffe": caffe,
        "torch": torch,
    }
)
