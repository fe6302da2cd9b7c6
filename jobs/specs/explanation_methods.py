"""Lists the built-in methods of explanation: names for people, colours, and what each works on.

Packages add others, described in the same way: ``jobs.specs.installed_methods`` finds them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:  # pydantic is slow to load, and `florescope --help` needs names alone
    from pydantic import BaseModel

Colours = Literal["sequential", "diverging"]


@dataclass(frozen=True)
class ExplanationMethod:
    """What is known of a method before it runs; the API and the command line know no more than this.

    Attributes:
        title: for people.
        short: for people, where there is little room.
        colours: ``sequential`` for maps that are never below zero, ``diverging`` for maps that speak for or against.
        of_layer: whether it weighs the activations of a layer, which one forward pass gives, so that its maps have the
            resolution of that layer; otherwise it looks at the pixels, and its maps have the resolution of the image.
        docs: what it does and where it comes from, in a sentence or two; the report shows it.
        options: what jobs may set under ``method_options``, a pydantic model; None: nothing.
        function: of a method that a package adds, ``module:function``, which workers load (docs/explainers.md). Empty
            for built-in methods, which ``ml.attribution`` knows by name.
    """

    title: str
    short: str
    colours: Colours
    of_layer: bool
    docs: str = ""
    options: type[BaseModel] | None = None
    function: str = ""


METHODS: Mapping[str, ExplanationMethod] = MappingProxyType(
    {
        "gradcam": ExplanationMethod(
            "GradCAM",
            "GradCAM",
            "sequential",
            of_layer=True,
            docs="Weighs the last feature maps by how much they speak for the class on average. It is coarse, and says "
            "in which region the evidence lies (Selvaraju et al. 2017).",
        ),
        "gradcam++": ExplanationMethod(
            "GradCAM++",
            "GradCAM++",
            "sequential",
            of_layer=True,
            docs="Weighs the last feature maps by their gradients above zero, but strong feature maps less, so that "
            "several objects of the class stand out alike (Chattopadhay et al. 2018).",
        ),
        "layercam": ExplanationMethod(
            "LayerCAM",
            "LayerCAM",
            "sequential",
            of_layer=True,
            docs="Weighs each activation by its own gradient, where that is above zero; made for layers of finer "
            "resolution, too (Jiang et al. 2021).",
        ),
        "integrated_gradients": ExplanationMethod(
            "Integrated Gradients",
            "IG",
            "diverging",
            of_layer=False,
            docs="Shares out among the pixels what the class gains on the way from a baseline to the image "
            "(Sundararajan et al. 2017).",
        ),
    }
)
"""By the name that specifications use; ``ml`` computes the same ones, and a test compares the two."""
