"""What the figures are measured on, made once per run: the model, the images, the references, the explanations."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import keras
import numpy as np
import numpy.typing as npt

from bench.explain.real_model import FEATURE_LAYER, Places, real_images, real_model
from bench.explain.reference import Reference, predicted, references
from ml.attribution.baselines import baselines_of
from ml.attribution.explainer import Explainer, ExplainOptions, ImageExplanation
from ml.attribution.integrated_gradients.path_gradients import PathEnds
from ml.attribution.noise import seed_of

IMAGES, COMPARED = 128, 24
BASELINES = ("black", "blur", "random:1")
"""The baselines of the compared images, in turn."""


@dataclass(eq=False)
class Subject:
    """Everything that several figures need."""

    places: Places
    compared_images: int = COMPARED

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
    def paths(self) -> list[PathEnds]:
        """Of the compared images, each from its own baseline, for the class that the model says."""
        images = self.images[: self.compared_images]
        targets = predicted(self.model, images)
        return [
            path_ends(image, baseline_of(index), target=int(target))
            for index, (image, target) in enumerate(zip(images, targets, strict=True))
        ]

    @cached_property
    def references(self) -> list[Reference]:
        """What is true of the compared images."""
        return references(self.places, self.model, self.paths)

    @cached_property
    def integrated(self) -> list[ImageExplanation]:
        """Integrated Gradients of all images, as a user gets them by default."""
        return self._explain(np.arange(IMAGES), BASELINES[0])

    @cached_property
    def compared(self) -> list[ImageExplanation]:
        """The same of the compared images, each from its own baseline."""
        found: dict[int, ImageExplanation] = {}
        for baseline in BASELINES:
            chosen = np.array([row for row in range(self.compared_images) if baseline_of(row) == baseline], np.intp)
            if len(chosen):
                found |= zip(chosen.tolist(), self._explain(chosen, baseline), strict=True)
        return [found[row] for row in range(self.compared_images)]

    def _explain(self, rows: npt.NDArray[np.intp], baseline: str) -> list[ImageExplanation]:
        options = ExplainOptions(FEATURE_LAYER, methods=("integrated_gradients",), baseline=baseline)
        return Explainer(self.model, options).explain(self.images[rows], [self.labels[row] for row in rows])


def baseline_of(row: int) -> str:
    """Where the path of a compared image starts."""
    return BASELINES[row % len(BASELINES)]


def path_ends(image: npt.NDArray[np.uint8], baseline: str, *, target: int) -> PathEnds:
    """The path from the first baseline of this name, as the explainer makes it."""
    clean = image.astype(np.float32)
    return PathEnds(clean, baselines_of(baseline, clean, seed=seed_of(image))[0], target)
