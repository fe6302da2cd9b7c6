"""Splits a Keras classifier at its feature layer into the functions that explanations need."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import keras
import numpy as np
import numpy.typing as npt

from ml.models.spatial_features import feature_output, is_bypassed

Floats = npt.NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class ClassifierFunctions:
    """The parts of one model, as functions of tensors in inference mode; the caller compiles them.

    Attributes:
        logits: images (B, H, W, 3) float32 raw RGB → (B, K).
        body: images → features (B, h, w, C), logits (B, K).
        head: features and the images that they are of → logits; the images count only where layers bypass the
            feature layer.
        bypassed: whether they do: a map of the features is then one of their branch, with the others as they are.
        head_weights: (C, K), where the head is global average pooling and one linear dense layer.
        image_size: (H, W) of the images.
        num_classes: K.
    """

    logits: Callable[[Any], Any]
    body: Callable[[Any], Any]
    head: Callable[[Any, Any], Any]
    bypassed: bool
    head_weights: Floats | None
    image_size: tuple[int, int]
    num_classes: int


def classifier_functions(model: keras.Model, *, feature_layer: str) -> ClassifierFunctions:
    """Split a flat functional model whose output is logits.

    Raises:
        MlError: the model has no such layer, or it is not spatial.
    """
    features, bypassed = feature_output(model, feature_layer), is_bypassed(model, feature_layer)
    body = keras.Model(model.inputs[0], [features, model.outputs[0]])
    return ClassifierFunctions(
        logits=lambda images: model(images, training=False),
        body=lambda images: body(images, training=False),
        head=_branch(model, features) if bypassed else _head(model, features),
        bypassed=bypassed,
        head_weights=None if bypassed else head_weights(model, feature_layer),
        image_size=(int(model.inputs[0].shape[1]), int(model.inputs[0].shape[2])),
        num_classes=int(model.outputs[0].shape[-1]),
    )


def _head(model: keras.Model, features: Any) -> Callable[[Any, Any], Any]:
    head = keras.Model(features, model.outputs[0])
    return lambda maps, _: head(maps, training=False)


def _branch(model: keras.Model, features: Any) -> Callable[[Any, Any], Any]:
    """The same where other branches start at the images; a ``Model`` of both would take the images from the model."""
    head = keras.Function([features, model.inputs[0]], model.outputs[0])
    return lambda maps, images: head([maps, images])


def head_weights(model: keras.Model, feature_layer: str) -> Floats | None:
    """The dense kernel (C, K) if only pooling, dropout and one linear layer follow the feature layer, else None."""
    dense, pooled = _applied(model.outputs[0], until=feature_layer)
    if not isinstance(dense, keras.layers.Dense) or dense.activation is not keras.activations.linear:
        return None
    pooling, pixels = _applied(pooled, until=feature_layer)
    if not isinstance(pooling, keras.layers.GlobalAveragePooling2D) or pooling.data_format != "channels_last":
        return None
    features, _ = _applied(pixels, until=feature_layer)
    return np.asarray(dense.kernel, np.float32) if features.name == feature_layer else None


def _applied(tensor: Any, *, until: str) -> tuple[Any, Any]:
    """The operation that a tensor comes out of, and its input; dropout, which changes nothing here, is passed over.

    The graph is followed, not the list of layers: a layer that is applied twice stands only once in the list.
    """
    history = tensor._keras_history
    operation, node = history.operation, history.operation._inbound_nodes[history.node_index]
    source = node.input_tensors[0] if node.input_tensors else None
    if isinstance(operation, keras.layers.Dropout) and operation.name != until:
        return _applied(source, until=until)
    return operation, source
