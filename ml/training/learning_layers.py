"""Sets which layers of a classifier are trainable: the head, and the requested last layers of the backbone."""

from __future__ import annotations

from typing import Any

import keras

from ml.errors import BadOption
from ml.models.classifier import POOLING
from ml.training.options import ALL_LAYERS


def backbone_layers(model: keras.Model) -> list[Any]:
    """The layers between the input and the pooling, in order."""
    names = [layer.name for layer in model.layers]
    return list(model.layers[1 : names.index(POOLING)])


def first_trainable(model: keras.Model, layers: int | str) -> int:
    """The position of the first trainable layer in the backbone, where its last ``layers``, or ``all``, are trained.

    Raises:
        BadOption: the backbone has fewer layers, or none of these has trainable weights.
    """
    backbone = backbone_layers(model)
    if isinstance(layers, int) and layers > len(backbone):
        raise BadOption(
            f"fine_tune.layers is {layers}, but {model.name} has {len(backbone)}: choose fewer, or {ALL_LAYERS!r}",
            field="fine_tune.layers",
        )
    learning = [position for position, layer in enumerate(backbone) if _can_learn(layer)]
    found = [position for position in learning if isinstance(layers, str) or position >= len(backbone) - layers]
    if not found:
        raise BadOption(
            f"fine_tune.layers is {layers}, but none of the last {layers} layers of {model.name} has weights that "
            f"learn (activations have none, batch normalisation stays as it is): choose {len(backbone) - learning[-1]} "
            f"or more, or {ALL_LAYERS!r}",
            field="fine_tune.layers",
        )
    return found[0]


def learning_layers(model: keras.Model, layers: int | str) -> frozenset[str]:
    """Names of the backbone's layers that learn where its last ``layers``, or ``all``, are trained.

    Raises:
        BadOption: as ``first_trainable``.
    """
    trained = backbone_layers(model)[first_trainable(model, layers) :]
    return frozenset(layer.name for layer in trained if _can_learn(layer))


def set_trainable(model: keras.Model, layers: int | str) -> None:
    """Make the head and the last ``layers`` of the backbone, or ``all``, trainable, except batch normalisation.

    Raises:
        BadOption: the backbone has fewer layers, or none of these has trainable weights.
    """
    first = first_trainable(model, layers)
    for position, layer in enumerate(backbone_layers(model)):
        layer.trainable = position >= first and not isinstance(layer, keras.layers.BatchNormalization)


def _can_learn(layer: Any) -> bool:
    return bool(layer.weights) and not isinstance(layer, keras.layers.BatchNormalization)
