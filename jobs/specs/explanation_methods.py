"""Lists every method of explanation: its name for people, its colours, and what it works on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Literal


@dataclass(frozen=True)
class ExplanationMethod:
    """What is known of a method before it runs.

    Attributes:
        title: for people.
        short: for people, where there is little room.
        colours: ``sequential`` for maps that are never below zero, ``diverging`` for maps that speak for or against.
        of_layer: whether it weighs the activations of a layer, which one forward pass gives, so that its maps have the
            resolution of that layer; otherwise it needs gradients by the pixels, and its maps have that of the image.
    """

    title: str
    short: str
    colours: Literal["sequential", "diverging"]
    of_layer: bool


METHODS: Mapping[str, ExplanationMethod] = MappingProxyType(
    {
        "gradcam": ExplanationMethod("GradCAM", "GradCAM", "sequential", of_layer=True),
        "gradcam++": ExplanationMethod("GradCAM++", "GradCAM++", "sequential", of_layer=True),
        "layercam": ExplanationMethod("LayerCAM", "LayerCAM", "sequential", of_layer=True),
        "integrated_gradients": ExplanationMethod("Integrated Gradients", "IG", "diverging", of_layer=False),
    }
)
"""By the name that specifications use; ``ml`` computes the same ones, and a test compares the two."""

if TYPE_CHECKING:
    Method = str
else:  # names of the table, which a type checker could not follow
    Method = Literal[tuple(METHODS)]
