"""What the figures are measured on, made once per run: the model, the images, the references, the explanations."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import keras
import numpy as np
import numpy.typing as npt

from bench.explain.path_profile import Profile
from bench.explain.real_model import FEATURE_LAYER, Places, real_images, real_model
from bench.explain.reference import references
from ml.attribution.explainer import Explainer, ExplainOptions, ImageExplanation

IMAGES, COMPARED = 128, 32


@dataclass(eq=False)
class Subject:
    """Everything that several figures need."""

    places: Places

    @cached_property
    def model(self) -> keras.Model:
        """A frozen MobileNetV2 with a trained head."""
        return real_model(self.places)

    @cached_property
    def images(self) -> npt.NDArray[np.uint8]:
        """128 test images (128, 224, 224, 3)."""
        return real_images(self.places, IMAGES)[0]

    @cached_property
    def labels(self) -> list[int]:
        """Their true classes."""
        return real_images(self.places, IMAGES)[1]

    @cached_property
    def references(self) -> list[Profile]:
        """The fine profiles of the first 32 images."""
        return references(self.places, self.model, self.images[:COMPARED])

    @cached_property
    def integrated(self) -> list[ImageExplanation]:
        """Integrated Gradients of all images, as a user gets them by default."""
        options = ExplainOptions(FEATURE_LAYER, methods=("integrated_gradients",))
        return Explainer(self.model, options).explain(self.images, self.labels)
