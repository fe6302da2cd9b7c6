"""Copies of flat models whose layers differ a little from the originals."""

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
        change: a layer → what stands in its place, and gets its weights by hand; None for a plain copy.
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
    """Give a copy of a layer the layer's weights."""
    clone.set_weights(layer.get_weights())
    if isinstance(clone, keras.layers.Normalization):
        clone.finalize_state()  # it computes with what it made of its weights
