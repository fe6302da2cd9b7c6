"""Finds the activations of a flat graph that GradCAM can use: spatial ones, where possible on all paths."""

from __future__ import annotations

from typing import Any

import keras

from ml.errors import UnusableModel

CHANNELS_FIRST = "channels_first"
"""How operations are named whose output is (N, C, H, W), in which no map can be found."""

_SHOWN = 8


def feature_output(model: keras.Model, name: str) -> Any:
    """The activation (N, H, W, C) of the layer or operation with this name.

    Raises:
        UnusableModel: there is none, it is not spatial, or the logits do not depend on it.
    """
    found = next((operation for operation in model.operations if operation.name == name), None)
    if found is None or not _spatial(found):
        last = ", ".join(_names(model)[-_SHOWN:])
        raise UnusableModel(
            f"feature layer {name!r}: the model has no spatial layer of that name; its last are {last}",
            about="feature_layer",
        )
    return found.output


def is_bypassed(model: keras.Model, name: str) -> bool:
    """Whether the logits also depend on layers that do not come after this one: it is in one of several branches."""
    found = next(operation for operation in model.operations if operation.name == name)
    return not _cuts(model, found)


def last_spatial(model: keras.Model) -> str | None:
    """Name of the last spatial activation on which the logits depend alone; None where only the pixels are one.

    There is none in a network of dense layers, or of branches that part at the pixels and meet after their pooling.
    """
    for operation in reversed(model.operations):
        if _spatial(operation) and _cuts(model, operation) and _learnt(operation.output):
            return str(operation.name)
    return None


def _names(model: keras.Model) -> list[str]:
    return [operation.name for operation in model.operations if _spatial(operation)]


def _spatial(operation: Any) -> bool:
    """Whether an operation has one output (N, H, W, C) with more than one position, and is used once in the graph."""
    if len(operation._inbound_nodes) != 1 or not isinstance(operation.output, keras.KerasTensor):
        return False
    shape = operation.output.shape
    return not operation.name.startswith(CHANNELS_FIRST) and len(shape) == 4 and (shape[1], shape[2]) != (1, 1)


def _cuts(model: keras.Model, operation: Any) -> bool:
    """Whether every path from the input to the logits goes through this operation."""
    waiting, seen = [model.outputs[0]], set[int]()
    while waiting:
        history = waiting.pop()._keras_history
        node = history.operation._inbound_nodes[history.node_index]
        if history.operation is operation or id(node) in seen:
            continue
        if node.is_input:
            return False
        seen.add(id(node))
        waiting.extend(node.input_tensors)
    return True


def _learnt(tensor: Any) -> bool:
    """Whether a tensor comes out of learnt layers, not only out of preprocessing and normalisation."""
    waiting, seen = [tensor], set[int]()
    while waiting:
        history = waiting.pop()._keras_history
        node = history.operation._inbound_nodes[history.node_index]
        if id(node) in seen:
            continue
        seen.add(id(node))
        normalization = isinstance(history.operation, keras.layers.Normalization | keras.layers.BatchNormalization)
        if isinstance(history.operation, keras.Layer) and history.operation.weights and not normalization:
            return True
        waiting.extend(node.input_tensors)
    return False
