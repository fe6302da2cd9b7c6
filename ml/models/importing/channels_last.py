"""Applies layers that were built for images with the channels first to images with the channels last.

GradCAM needs activations (N, H, W, C), and on a CPU TensorFlow convolves in no other order. Each layer that knows the
order of the axes is copied for the other one, with the same weights; layers between them that work value by value are
applied to the turned tensors. Before any other layer the axes are turned back, so that it computes what it did.
"""

from __future__ import annotations

from typing import Any

import keras

from ml.models.spatial_features import CHANNELS_FIRST

CHANNELS_LAST = "channels_last"
FIRST, LAST = (3, 1, 2), (2, 3, 1)
"""How ``keras.layers.Permute`` turns (H, W, C) into (C, H, W), and back."""

_VALUE_BY_VALUE = (
    "Activation",
    "ActivityRegularization",
    "Add",
    "Average",
    "Dropout",
    "ELU",
    "GaussianDropout",
    "GaussianNoise",
    "Identity",
    "LeakyReLU",
    "Maximum",
    "Minimum",
    "Multiply",
    "ReLU",
    "Subtract",
)


class ChannelsLast:
    """Applies layers to tensors, and remembers the turned form of each tensor with the channels first."""

    def __init__(self) -> None:
        self._turned: dict[int, tuple[Any, Any]] = {}
        self._copies: dict[int, tuple[Any, Any]] = {}  # by the id of the layer, which is kept with it

    def call(self, operation: Any, *arguments: Any, **options: Any) -> Any:
        """The output of a layer, in the order of axes in which it was built."""
        inputs = arguments[0] if len(arguments) == 1 else None
        tensors = list(inputs) if isinstance(inputs, list | tuple) else [inputs]
        if not isinstance(operation, keras.Layer) or not all(_is_image(each) for each in tensors):
            return operation(*arguments, **options)
        layer = self._for_channels_last(operation, tensors)
        if layer is None:
            return operation(*arguments, **options)
        turned = [self._last(each) for each in tensors]
        return self._first(layer(turned if isinstance(inputs, list | tuple) else turned[0], **options))

    def _for_channels_last(self, layer: Any, tensors: list[Any]) -> Any | None:
        """The layer that computes the same on turned tensors; None where it is to be applied as it is."""
        config = layer.get_config()
        if config.get("data_format") == "channels_first":
            return self._copy(layer, {"data_format": "channels_last"}, self._last(tensors[0]).shape)
        turned = any(id(each) in self._turned for each in tensors)
        axis = config.get("axis")
        axis = axis[0] if isinstance(axis, list | tuple) and len(axis) == 1 else axis
        if turned and axis in (1, -3):
            new = [-1] if isinstance(config["axis"], list | tuple) else -1
            shapes = [self._last(each).shape for each in tensors]
            return self._copy(layer, {"axis": new}, shapes if len(shapes) > 1 else shapes[0])
        return layer if turned and _works_value_by_value(layer) else None

    def _copy(self, layer: Any, changes: dict[str, Any], shape: Any) -> Any:
        """The same copy for each call of a layer that is applied several times."""
        if id(layer) not in self._copies:
            self._copies[id(layer)] = (layer, _changed(layer, changes, shape))
        return self._copies[id(layer)][1]

    def _last(self, tensor: Any) -> Any:
        """The tensor with the channels last."""
        if id(tensor) not in self._turned:
            turn = keras.layers.Permute(LAST, name=f"{CHANNELS_LAST}_{len(self._turned)}")
            self._turned[id(tensor)] = (tensor, turn(tensor))
        return self._turned[id(tensor)][1]

    def _first(self, tensor: Any) -> Any:
        """The tensor with the channels first, which stays unused where the next layer takes the turned one."""
        if not _is_image(tensor):
            return tensor
        number = len(self._turned)
        back = keras.layers.Permute(FIRST, name=f"{CHANNELS_FIRST}_{number}")(tensor)
        self._turned[id(back)] = (back, tensor)
        return back


def _is_image(tensor: Any) -> bool:
    return isinstance(tensor, keras.KerasTensor) and len(tensor.shape) == 4


def _works_value_by_value(layer: Any) -> bool:
    name = type(layer).__name__
    softmax = getattr(getattr(layer, "activation", None), "__name__", "") in {"softmax", "log_softmax", "sparsemax"}
    same_for_all = name == "Rescaling" and all(isinstance(each, int | float) for each in (layer.scale, layer.offset))
    return (name in _VALUE_BY_VALUE and not softmax) or same_for_all


def _changed(layer: Any, changes: dict[str, Any], shape: Any) -> Any:
    copied = type(layer).from_config({**layer.get_config(), **changes})
    if layer.weights:
        copied.build(shape)
        copied.set_weights(layer.get_weights())
    return copied
