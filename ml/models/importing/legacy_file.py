"""Reads what ``model.save("model.h5")`` wrote (Keras 2 and 3, Teachable Machine), without running anything in it.

The file is HDF5: the configuration is an attribute, and each layer at the top has a group of weights, in the order of
the layer's own. ``ml/models/importing/model_weights.py`` measures it before anything is read.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any

import keras
import numpy as np

from ml.errors import UnusableModel

_CONFIG = "model_config"
# States of random generators, which Keras 2 kept among the weights of its augmentation layers.
_NO_WEIGHTS = ("StateVar:0", "seed_generator_state")


def config_of(file: Any, *, at_most_bytes: int) -> dict[str, Any]:
    """The configuration in an open HDF5 file, as JSON.

    Raises:
        UnusableModel: there is none, or it is too large.
    """
    if _CONFIG not in file.attrs:
        raise UnusableModel(_without_config(file))
    if file.attrs.get_id(_CONFIG).get_storage_size() > at_most_bytes:
        raise UnusableModel(f"the configuration in the file has more than the {at_most_bytes >> 20} MiB allowed")
    text = _text(file.attrs[_CONFIG])
    if len(text) > at_most_bytes:
        raise UnusableModel(f"the configuration in the file has more than the {at_most_bytes >> 20} MiB allowed")
    try:
        config = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise UnusableModel(f"the configuration in the file is not JSON: {error}") from error
    if not isinstance(config, dict) or "class_name" not in config:
        raise UnusableModel(
            "the configuration in the file describes no model: save it again with model.save('model.h5')"
        )
    return config


def version_of(file: Any) -> str | None:
    """The version of Keras that wrote an open HDF5 file."""
    groups = [file, *([file["model_weights"]] if "model_weights" in file else [])]
    return next((_text(each.attrs["keras_version"])[:40] for each in groups if "keras_version" in each.attrs), None)


def load_weights(model: keras.Model, file: Any) -> None:
    """Set the weights of a model from an open HDF5 file, layer by layer in their order.

    Raises:
        UnusableModel: the layers or the shapes are not those of the model.
        KeyError: the file names weights that it does not hold.
    """
    group = file.get("model_weights", file)
    layers = [(layer, _weights(layer)) for layer in model.layers if _weights(layer)]
    saved = [(name, values) for name in _names(group, "layer_names") if (values := _values(group[name]))]
    if len(layers) != len(saved):
        raise UnusableModel(
            f"the file holds weights of {len(saved)} layers, and its configuration describes {len(layers)} with "
            "weights: they do not belong together; save the model again with model.save('model.h5')"
        )
    for (layer, weights), (name, values) in zip(layers, saved, strict=True):
        _set(layer, weights, values, name)
    for layer in model._flatten_layers():
        if hasattr(layer, "finalize_state") and layer.built and layer.weights:
            layer.finalize_state()  # Normalization computes with values derived from its weights


def _set(layer: Any, weights: Sequence[Any], values: Sequence[Any], name: str) -> None:
    expected, found = [tuple(each.shape) for each in weights], [tuple(each.shape) for each in values]
    if expected != found:
        raise UnusableModel(
            f"layer {layer.name!r} has weights of shapes {str(expected)[:200]}, and the file holds "
            f"{str(found)[:200]} for it, as {name[:100]!r}: configuration and weights are of different models; save "
            "the model again"
        )
    for weight, value in zip(weights, values, strict=True):
        weight.assign(np.asarray(value))


def _weights(layer: Any) -> list[Any]:
    return [*layer.trainable_weights, *layer.non_trainable_weights]


def _values(group: Any) -> list[Any]:
    names = [name for name in _names(group, "weight_names") if not name.endswith(_NO_WEIGHTS)]
    return [group[name] for name in names]


def _names(group: Any, attribute: str) -> list[str]:
    """Names in an attribute, which is divided where it would be too long."""
    if attribute in group.attrs:
        return [_text(name) for name in group.attrs[attribute]]
    return list(_divided(group, attribute))


def _divided(group: Any, attribute: str) -> Iterator[str]:
    part = 0
    while f"{attribute}{part}" in group.attrs:
        yield from (_text(name) for name in group.attrs[f"{attribute}{part}"])
        part += 1


def _text(value: Any) -> str:
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)


def _without_config(file: Any) -> str:
    if "layer_names" in file.attrs or {"layers", "_layer_checkpoint_dependencies", "model_weights"} & set(file):
        return (
            "the file holds weights without a model (save_weights, ModelCheckpoint(save_weights_only=True)): build the "
            "model, load them with model.load_weights('weights.h5'), and send what model.save('model.keras') writes"
        )
    shown = ", ".join(list(file)[:3])[:200]
    return f"this is an HDF5 file of something else ({shown or 'nothing'}): send what model.save('model.keras') writes"
