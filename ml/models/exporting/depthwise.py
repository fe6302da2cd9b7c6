"""Puts depthwise convolutions where Keras computes them as grouped ones, which its TensorFlow compiles by XLA alone.

No other program runs such a call; ConvNeXt is built of them. The numbers are the same.
"""

from __future__ import annotations

from typing import Any

import keras

from ml.models.clone import clone_with


def with_depthwise(model: keras.Model) -> keras.Model:
    """The same model where it has none of them, else a copy with the same weights."""
    grouped = {layer.name: layer for layer in model.layers if _is_depthwise(layer)}
    if not grouped:
        return model
    copy = clone_with(model, lambda layer: _depthwise(layer) if layer.name in grouped else None)
    for name, layer in grouped.items():
        kernel, *bias = layer.get_weights()
        copy.get_layer(name).set_weights([kernel.transpose(0, 1, 3, 2), *bias])
    return copy


def _is_depthwise(layer: Any) -> bool:
    """Whether each channel is convolved by itself, and none multiplied."""
    if type(layer) is not keras.layers.Conv2D or layer.groups == 1:
        return False
    return layer.groups == layer.filters == layer.groups * int(layer.kernel.shape[2])


def _depthwise(layer: Any) -> keras.layers.DepthwiseConv2D:
    names = ("name", "kernel_size", "strides", "padding", "data_format", "dilation_rate", "use_bias")
    return keras.layers.DepthwiseConv2D(
        **{name: getattr(layer, name) for name in names}, activation=layer.activation, dtype="float32"
    )
