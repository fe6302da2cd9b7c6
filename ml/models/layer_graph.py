"""Finds the consumers of each layer of a functional model, and where the model can be cut in two."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import islice
from math import inf
from typing import Any

import keras

OUTPUT = ""
"""Stands for the consumer of the model's own outputs."""


def consumers_of(model: keras.Model) -> Mapping[str, list[str]]:
    """The consumers of each layer's output, one entry per use; ``OUTPUT`` for the model's outputs."""
    consumers: dict[str, list[str]] = {}
    config = model.get_config()
    for layer in config["layers"]:
        for source in sources_of(layer):
            consumers.setdefault(source, []).append(layer["name"])
    for source in _flat(config["output_layers"]):
        consumers.setdefault(str(source), []).append(OUTPUT)
    return consumers


def cut_before(model: keras.Model, layer: str) -> int | None:
    """The index of the last layer before ``layer`` whose output is all that the rest needs; None: only the input is.

    It is an index into ``model.layers``, not a name, because Keras numbers some layers by how many were built before.
    """
    places = {name: place for place, name in enumerate(each["name"] for each in model.get_config()["layers"])}
    layers = {each.name: place for place, each in enumerate(model.layers)}
    consumers = consumers_of(model)
    found, needed_until = None, -1.0
    for name, place in islice(places.items(), places[layer]):
        last_use = max((places.get(taker, inf) for taker in consumers.get(name, [])), default=-1.0)
        if place and name in layers and needed_until <= place < last_use:
            found = layers[name]
        needed_until = max(needed_until, last_use)
    return found


def sources_of(layer: Mapping[str, Any]) -> list[str]:
    """Names of the layers whose outputs a layer takes, in the order of its arguments, from its configuration."""
    return list(_sources(layer["inbound_nodes"]))


def stem_of(model: keras.Model, place: int) -> keras.Model:
    """The model up to the output of the layer at an index; layers and weights are shared."""
    return keras.Model(model.input, model.layers[place].output, name=f"{model.name}_stem")


def tail_of(model: keras.Model, place: int) -> keras.Model:
    """The model after the output of the layer at an index; layers and weights are shared."""
    return keras.Model(model.layers[place].output, model.output, name=f"{model.name}_tail")


def _sources(node: Any) -> Iterator[str]:
    """Names of the layers whose output tensors are among a node's arguments, at any depth."""
    if isinstance(node, dict):
        if node.get("class_name") == "__keras_tensor__":
            yield node["config"]["keras_history"][0]
            return
        node = list(node.values())
    if isinstance(node, list | tuple):
        for part in node:
            yield from _sources(part)


def _flat(outputs: Any) -> Iterator[Any]:
    """All items of nested lists; the names of the output layers are among them."""
    if isinstance(outputs, list | tuple | dict):
        for part in outputs.values() if isinstance(outputs, dict) else outputs:
            yield from _flat(part)
    else:
        yield outputs
