"""The functions that explain: a forward pass with GradCAM, and the gradients on paths of Integrated Gradients."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import keras
import numpy as np
import numpy.typing as npt

from bench.gpu.program import Array, Precision
from ml.attribution.forward_pass import ForwardPass, class_of_rank
from ml.attribution.integrated_gradients.path_gradients import PathEnds, PathGradients
from ml.attribution.integrated_gradients.quadrature import graded_nodes
from ml.attribution.layer_methods import GRADCAM
from ml.attribution.precision import in_bfloat16
from ml.attribution.scores import NO_FOIL
from ml.models.classifier_functions import classifier_functions
from ml.models.folding import fold_batch_normalization

Images = npt.NDArray[np.uint8]
CLASSES, NODES = 5, 8
"""Classes that are mapped of each image, the likeliest; points on each path, from black."""


@dataclass(frozen=True, eq=False)
class Computation:
    """A function of the product, what it is given, and what it gives.

    Attributes:
        compute: of tensors.
        arguments: arrays with the batch as first axis.
        reference: what the product finds on this machine, by name; the same rows.
    """

    compute: Callable[..., Any]
    arguments: tuple[Array, ...]
    reference: dict[str, Array]


class ExplainingFunctions:
    """The product's functions for one model, in each precision, and what they find of the same images on this machine.

    Args:
        model: whose output are logits.
        feature_layer: of GradCAM.
        images: (n, H, W, 3) uint8; of n / 8 of them, rounded up, paths are made with 8 points each.
    """

    def __init__(self, model: keras.Model, *, feature_layer: str, images: Images) -> None:
        self._layer, self._images = feature_layer, images
        self._exact = fold_batch_normalization(model, kept=feature_layer)
        self._models = {"float32": self._exact, "tf32": self._exact, "bfloat16": in_bfloat16(self._exact)}
        asked = np.full((len(images), CLASSES), class_of_rank(0) - np.arange(CLASSES), np.int32)
        self._found = self._forward("float32")(images, asked)

    def gradcam(self, precision: Precision) -> Computation:
        """Logits, and maps of the classes that are likeliest in float32."""
        found = self._found
        arguments = (self._images, found.classes, found.foils)
        return Computation(
            self._forward(precision).compute, arguments, {"logits": found.logits, "maps": found.maps[GRADCAM]}
        )

    def gradients(self, precision: Precision) -> Computation:
        """F and the density of its attribution at points on paths, for the class that is likeliest in float32."""
        rows = np.arange(len(self._images), dtype=np.int32)
        slots, targets = rows // NODES, self._found.classes[rows // NODES, 0]
        alphas = graded_nodes(NODES)[rows % NODES].astype(np.float32)
        values, maps = self._paths("float32")(slots, alphas)
        arguments = (slots, alphas, targets, np.full_like(slots, NO_FOIL))
        return Computation(self._paths(precision).compute, arguments, {"values": values, "maps": maps})

    def _forward(self, precision: Precision) -> ForwardPass:
        functions = classifier_functions(self._models[precision], feature_layer=self._layer)
        return ForwardPass(functions, classes=CLASSES, batch_size=min(16, len(self._images)))

    def _paths(self, precision: Precision) -> PathGradients:
        functions = classifier_functions(self._models[precision], feature_layer=self._layer)
        slots = -(-len(self._images) // NODES)
        paths = PathGradients(
            functions.logits, image_size=functions.image_size, batch_size=min(32, len(self._images)), slots=slots
        )
        for slot, image in enumerate(self._images[:slots]):
            end = image.astype(np.float32)
            paths.open(slot, PathEnds(end, np.zeros_like(end), int(self._found.classes[slot, 0])))
        return paths
