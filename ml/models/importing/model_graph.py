"""Flattens a nested model into one graph by applying its layers one by one to a new input.

GradCAM needs the last spatial activation between the input and the logits. In a nested model that activation
belongs to another graph; here all layers are traced into the same graph. Weights are shared, not copied.
"""

from __future__ import annotations

from typing import Any

import keras

from ml.errors import UnusableModel
from ml.models.importing.channels_last import ChannelsLast


class Flattener:
    """Applies models to Keras tensors layer by layer, and makes the names of all layers unique.

    The layers of the model become layers of the new graph too, always in inference mode; those for images with the
    channels first are copied. Where two have the same name, the later one is renamed.
    """

    def __init__(self, *, taken: set[str]) -> None:
        self._names = {name: -1 for name in taken}
        self._order = ChannelsLast()

    def apply(self, model: keras.Model, tensor: Any) -> Any:
        """Apply a model to ``tensor``; nested models are flattened at any depth.

        Raises:
            UnusableModel: a part has no graph.
        """
        if isinstance(model, keras.Sequential):
            for layer in model.layers:
                tensor = self._call(layer, tensor)
            return tensor
        if isinstance(model, keras.Function):
            return model._run_through_graph(tensor, call_fn=self._call)
        raise UnusableModel(
            f"the model {model.name!r} is of class {type(model).__name__}, which has no graph of layers: build it "
            "with the functional API or keras.Sequential"
        )

    def _call(self, operation: Any, *arguments: Any, **options: Any) -> Any:
        if isinstance(operation, keras.Model):
            inputs = arguments[0] if arguments else options.get("inputs")
            return self.apply(operation, inputs)
        self._make_name_unique(operation)
        _compute_in_float32(operation)
        if getattr(operation, "_call_has_training_arg", False):
            options["training"] = False
        return self._order.call(operation, *arguments, **options)

    def _make_name_unique(self, operation: Any) -> None:
        """Rename an operation if another one has its name; a layer that is used twice keeps its name."""
        owner = self._names.get(operation.name)
        if owner == id(operation):
            return
        if owner is not None:
            number = 1
            while f"{operation.name}_{number}" in self._names:
                number += 1
            operation.name = f"{operation.name}_{number}"
        self._names[operation.name] = id(operation)


def mixed_precision(model: keras.Model) -> bool:
    """Whether any part of the model computes in fewer bits than float32.

    Raises:
        UnusableModel: its weights are quantised.
    """
    policies = [layer.dtype_policy for layer in model._flatten_layers()]
    if any(policy.quantization_mode for policy in policies):
        raise UnusableModel("the model's weights are quantised, and have no gradients: use the model before that")
    return any(policy.compute_dtype in {"float16", "bfloat16"} for policy in policies)


def _compute_in_float32(operation: Any) -> None:
    """Set float32: mixed precision is for speed in training, and its rounding errors would hide small gradients."""
    if not isinstance(operation, keras.Layer):
        return
    for layer in operation._flatten_layers():
        if layer.dtype_policy.compute_dtype in {"float16", "bfloat16"}:
            layer.dtype_policy = "float32"
