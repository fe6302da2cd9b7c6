"""Rewrites the configuration of an older Keras as this Keras writes it, before it is checked and built.

Only what means the same is rewritten: classes that moved, arguments that were renamed, and arguments that this Keras
has dropped, where their value changes nothing at inference. Everything else stays, and Keras says what it misses.
"""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from typing import Any

import keras

from ml.models.importing.legacy_operations import OPERATIONS, is_reference, replaced
from ml.models.importing.model_config import class_of

Config = dict[str, Any]

# Modules in which older versions kept Keras' own classes.
_OLD_MODULES = ("keras.", "tf_keras.", "tensorflow.keras.", "tensorflow.python.keras.")
_PLACES = ("keras.layers", "keras.models", "keras.initializers", "keras.regularizers", "keras.constraints")
_OLD_NAMES = {"Model": "Functional", "BatchNormalizationV1": "BatchNormalization"}
_MODELS = ("Sequential", "Functional")
_POLICIES = frozenset({"Policy", "PolicyV1"})
_OF_EVERY_LAYER = frozenset({"name", "dtype", "trainable", "autocast", "activity_regularizer"})
# Arguments of older versions that change nothing at inference, whatever their value, or with this value.
_IDLE_ARGUMENTS = frozenset({"fused", "implementation", "virtual_batch_size", "renorm_clipping", "renorm_momentum"})
_IDLE_ENDINGS = ("_initializer", "_regularizer", "_constraint")
_IDLE_VALUES: dict[str, Any] = {"groups": 1}
# Layers that do nothing at inference: none of their arguments matters.
_IDLE_LAYERS = ("GaussianNoise", "GaussianDropout", "AlphaDropout", "ActivityRegularization", "CutMix", "MixUp")


def modern_config(value: Any) -> Any:
    """A configuration at any depth, rewritten; what is not known is left as it is."""
    if isinstance(value, list):
        return [modern_config(inner) for inner in value]
    if not isinstance(value, dict):
        return value
    inner = {key: modern_config(each) for key, each in value.items()}
    config = inner.get("config")
    if not isinstance(inner.get("class_name"), str) or not isinstance(config, dict | list):
        return inner
    if inner["class_name"] in _POLICIES and isinstance(config, dict):
        return config.get("name", "float32")
    return _modern_part(inner)


def _modern_part(part: Config) -> Config:
    written: str = part["class_name"]
    name = _OLD_NAMES.get(written, written)
    config = part["config"]
    if name in OPERATIONS and isinstance(config, dict):
        return replaced(part) or part
    if isinstance(config, list) and name == "Sequential":  # before Keras 2.2.3
        config = {"name": "sequential", "layers": config}
    module = part.get("module")
    own = class_of(name, module) if isinstance(module, str) else None
    found = own or _class_named(name)
    if found is None or not isinstance(config, dict):
        return {**part, "class_name": name, "config": config}
    if own is None and isinstance(module, str) and module.startswith(_OLD_MODULES):
        part = {**part, "module": _module_of(name), "registered_name": None}
    if name == "Sequential":
        config = _with_input(config)
    elif name == "Functional" and _of_keras_2(config):
        config = _single_ends(_own_node_left_out(config))
    elif name == "InputLayer":
        config = _renamed(config, "batch_input_shape", "batch_shape")
    return {**part, "class_name": name, "config": _known(found, config)}


def _class_named(name: str) -> type | None:
    if name == "Functional":
        return keras.Model
    places = (getattr(keras, place.removeprefix("keras.")) for place in _PLACES)
    candidates = (getattr(place, name, None) for place in places)
    return next((found for found in candidates if isinstance(found, type)), None)


def _module_of(name: str) -> str:
    if name == "Functional":
        return "keras.src.models.functional"
    places = (
        place
        for place in _PLACES
        if isinstance(getattr(getattr(keras, place.removeprefix("keras.")), name, None), type)
    )
    return next(places)


def _known(found: type, config: Config) -> Config:
    """The configuration of a layer without arguments that this Keras has dropped and that change nothing."""
    if not issubclass(found, keras.layers.Layer) or issubclass(found, keras.Model):
        return config
    accepted = _arguments(found)
    idle = found.__name__.startswith("Random") or found.__name__ in _IDLE_LAYERS
    axis = config.get("axis")
    if isinstance(axis, list) and len(axis) == 1:
        config = {**config, "axis": axis[0]}
    return {
        key: value
        for key, value in config.items()
        if key in accepted or not (idle or key == "batch_input_shape" or _is_idle(key, value))
    }


def _arguments(found: type) -> frozenset[str]:
    names = {name for each in found.__mro__ if "__init__" in vars(each) for name in inspect.signature(each).parameters}
    return frozenset(names) | _OF_EVERY_LAYER


def _is_idle(key: str, value: Any) -> bool:
    always = key in _IDLE_ARGUMENTS or key.endswith(_IDLE_ENDINGS)
    return value is None or value is False or always or (key in _IDLE_VALUES and value == _IDLE_VALUES[key])


def _with_input(config: Config) -> Config:
    """A Sequential whose input is a layer, not an argument of its first layer."""
    layers = config.get("layers")
    if not isinstance(layers, list) or not layers or not isinstance(layers[0], dict):
        return config
    first = layers[0].get("config")
    if not isinstance(first, dict):
        return config
    shape = first.get("batch_input_shape")
    if shape is None or layers[0].get("class_name") == "InputLayer":
        return config
    name = f"{first.get('name', 'layer')}_input"
    given: Config = {"class_name": "InputLayer", "config": {"batch_shape": shape, "dtype": "float32", "name": name}}
    if layers[0].get("module"):
        given |= {"module": "keras.layers", "registered_name": None}
    return {**config, "layers": [given, *layers]}


def _of_keras_2(config: Config) -> bool:
    """Whether the layers of a functional model name their inputs in lists, as Keras 2 wrote them."""
    layers = config.get("layers")
    nodes = [node for each in layers for node in each.get("inbound_nodes") or []] if isinstance(layers, list) else []
    return bool(nodes) and all(isinstance(node, list) for node in nodes)


def _own_node_left_out(config: Config) -> Config:
    """Count the calls of nested models from 0: Keras 2 counted the one that built them as well."""
    models = {each.get("name"): each for each in config["layers"] if each.get("class_name") in _MODELS}
    outputs = config.get("output_layers")
    offsets: dict[str, int] = {}
    for name, node in _references([*(each.get("inbound_nodes") for each in config["layers"]), outputs]):
        if name in models:
            calls = len(models[name].get("inbound_nodes") or [])
            offsets[name] = max(offsets.get(name, 0), node - calls + 1)
    layers = [{**each, "inbound_nodes": _shifted(each.get("inbound_nodes"), offsets)} for each in config["layers"]]
    # Keras 3 does this itself for outputs of a functional model.
    sequential = {name: offset for name, offset in offsets.items() if models[name]["class_name"] == "Sequential"}
    return {**config, "layers": layers, "output_layers": _shifted(outputs, sequential)}


def _shifted(value: Any, offsets: dict[str, int]) -> Any:
    if is_reference(value):
        return [value[0], value[1] - offsets.get(value[0], 0), *value[2:]]
    return [_shifted(inner, offsets) for inner in value] if isinstance(value, list) else value


def _references(value: Any) -> Iterator[tuple[str, int]]:
    if is_reference(value):
        yield value[0], value[1]
    elif isinstance(value, list):
        for inner in value:
            yield from _references(inner)


def _single_ends(config: Config) -> Config:
    """One input and one output are tensors, no lists of one: a layer that follows in a Sequential takes a tensor."""
    ends = {key: config.get(key) for key in ("input_layers", "output_layers")}
    single = {key: value[0] for key, value in ends.items() if isinstance(value, list) and len(value) == 1}
    return {**config, **single}


def _renamed(config: Config, old: str, new: str) -> Config:
    return {new if key == old else key: value for key, value in config.items()}
