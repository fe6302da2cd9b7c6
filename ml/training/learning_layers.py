"""Which layers of a classifier learn: the head always, and as much of the backbone as a training asks for."""

from __future__ import annotations

from typing import Any

import keras

from ml.errors import BadOption
from ml.models.classifier import POOLING
from ml.training.options import ALL_LAYERS


def backbone_layers(model: keras.Model) -> list[Any]:
    """The layers between the input and the pooling, the first one first."""
    names = [layer.name for layer in model.layers]
    return list(model.layers[1 : names.index(POOLING)])


def first_trainable(model: keras.Model, layers: int | str) -> int:
    """The position in the backbone of the first layer that learns, where its last ``layers`` do, or ``all``.

    Raises:
        BadOption: the backbone has fewer layers, or none of these has weights that learn.
    """
    behind = backbone_layers(model)
    if isinstance(layers, int) and layers > len(behind):
        raise BadOption(
            f"fine_tune.layers is {layers}, but {model.name} has {len(behind)}: choose fewer, or {ALL_LAYERS!r}",
            field="fine_tune.layers",
        )
    learning = [position for position, layer in enumerate(behind) if _can_learn(layer)]
    found = [position for position in learning if isinstance(layers, str) or position >= len(behind) - layers]
    if not found:
        raise BadOption(
            f"fine_tune.layers is {layers}, but none of the last {layers} layers of {model.name} has weights that "
            f"learn (activations have none, batch normalisation stays as it is): choose {len(behind) - learning[-1]} "
            f"or more, or {ALL_LAYERS!r}",
            field="fine_tune.layers",
        )
    return found[0]


def set_trainable(model: keras.Model, layers: int | str) -> None:
    """Let the head and the last ``layers`` of the backbone learn, or ``all``; batch normalisation infers.

    Raises:
        BadOption: the backbone has fewer layers, or none of these has weights that learn.
    """
    first = first_trainable(model, layers)
    for position, layer in enumerate(backbone_layers(model)):
        layer.trainable = position >= first and not isinstance(layer, keras.layers.BatchNormalization)


def _can_learn(layer: Any) -> bool:
    return bool(layer.weights) and not isinstance(layer, keras.layers.BatchNormalization)
