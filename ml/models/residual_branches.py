"""Finds the residual branches of a functional network: what is added to a shortcut."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import keras

from ml.models.layer_graph import sources_of

ADDITION = "Add"
"""Keras' name of its layer that adds, and of its operation."""
DROPOUT = "Dropout"


@dataclass(frozen=True)
class ResidualBranch:
    """One of the two things that an addition adds: that with more layers since both parted; the other is the shortcut.

    Attributes:
        addition: name of the layer or operation that adds.
        place: of the branch among its two inputs, 0 or 1.
        layers: names of the branch's own layers and operations.
        end: name of the last of them.
        ends_in_dropout: whether that leaves out the branch at random already, as in EfficientNetV2.
    """

    addition: str
    place: int
    layers: frozenset[str]
    end: str
    ends_in_dropout: bool


def residual_branches(model: keras.Model) -> tuple[ResidualBranch, ...]:
    """All of them, in the order of the network; none where nothing is added to a shortcut."""
    return tuple(_found(model))


def _found(model: keras.Model) -> Iterator[ResidualBranch]:
    kinds: dict[str, str] = {}
    before: dict[str, frozenset[str]] = {}  # each layer with all that its output is computed from
    for layer in model.get_config()["layers"]:
        name, sources = layer["name"], sources_of(layer)
        kinds[name] = layer["class_name"]
        before[name] = frozenset({name}).union(*(before[source] for source in sources))
        if kinds[name] != ADDITION or len(sources) != 2:
            continue
        own = [before[one] - before[other] for one, other in (sources, reversed(sources))]
        if len(own[0]) != len(own[1]):
            place = int(len(own[1]) > len(own[0]))
            yield ResidualBranch(name, place, own[place], sources[place], kinds[sources[place]] == DROPOUT)
