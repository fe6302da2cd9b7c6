"""Puts layers that converters understand where Keras has some that they do not; the numbers are the same."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np

from ml.models.clone import clone_with


def with_plain_layers(model: keras.Model) -> keras.Model:
    """The same model where there is nothing to change, else a copy with the same weights.

    Grouped convolutions of a group for each channel, of which ConvNeXt is built, become depthwise ones: TensorFlow
    compiles the grouped ones by XLA alone. A normalisation by stored means, as EfficientNetV2's, becomes a rescaling:
    its numbers are no weights, and get lost.
    """
    changed = {layer.name: other for layer in model.layers if (other := _plain(layer)) is not None}
    if not changed:
        return model
    copy = clone_with(model, lambda layer: changed.get(layer.name))
    for layer in model.layers:
        if layer.name in changed and _is_depthwise(layer):
            kernel, *bias = layer.get_weights()
            copy.get_layer(layer.name).set_weights([kernel.transpose(0, 1, 3, 2), *bias])
    return copy


def _plain(layer: Any) -> keras.Layer | None:
    if _is_depthwise(layer):
        return _depthwise(layer)
    return _rescaling(layer) if isinstance(layer, keras.layers.Normalization) else None


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


def _rescaling(layer: Any) -> keras.layers.Rescaling | None:
    """Of the last axis alone; of any other, nothing is changed."""
    mean, variance = np.asarray(layer.mean, np.float64).ravel(), np.asarray(layer.variance, np.float64).ravel()
    if layer.invert or layer.axis not in {(-1,), (3,)}:
        return None
    scale = 1 / np.maximum(np.sqrt(variance), keras.config.epsilon())
    return keras.layers.Rescaling(scale.tolist(), offset=(-mean * scale).tolist(), name=layer.name, dtype="float32")
