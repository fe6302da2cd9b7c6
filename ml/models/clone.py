"""Clones flat models, with some layers changed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import keras


def is_flat(model: keras.Model) -> bool:
    """Whether no layer is itself a model."""
    return not any(isinstance(layer, keras.Model) for layer in model.layers)


def clone_with(model: keras.Model, change: Callable[[keras.Layer], keras.Layer | None]) -> keras.Model:
    """A copy with the same weights.

    Args:
        model: flat and functional.
        change: returns the layer to put in a layer's place, whose weights the caller sets; None for a plain copy.
    """
    changed: set[str] = set()

    def copy(layer: Any) -> Any:
        other = change(layer) if isinstance(layer, keras.Layer) else None  # some nodes are plain operations
        if other is None:
            return type(layer).from_config(layer.get_config())
        changed.add(layer.name)
        return other

    clone = keras.models.clone_model(model, clone_function=copy)
    for layer in model.layers:
        if layer.weights and layer.name not in changed:
            copy_weights(layer, clone.get_layer(layer.name))
    return clone


def copy_weights(layer: keras.Layer, clone: keras.Layer) -> None:
    """Copy the weights of a layer to its clone."""
    clone.set_weights(layer.get_weights())
    if isinstance(clone, keras.layers.Normalization):
        clone.finalize_state()  # it computes with values derived from its weights
