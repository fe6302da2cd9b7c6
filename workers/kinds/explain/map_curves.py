"""Measures deletion and insertion of the maps of a batch, and of a random map of each image beside them."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from ml.attribution.quality.faithfulness import CurveName, Subject, curves, random_map
from ml.attribution.quality.faithfulness_protocol import PROTOCOLS
from workers.kinds.explain.explained_image import ExplainedImage, Values
from workers.kinds.explain.image_record import target_of
from workers.kinds.explain.model_explainers import PROBABILITY_BATCH, ModelExplainers


@dataclass(frozen=True)
class MapCurves:
    """The curves that a job asks for, by its protocol; ``check`` is called between batches and may raise to stop."""

    explainers: ModelExplainers
    check: Callable[[], None]

    def measure(
        self, curve: CurveName, images: Sequence[ExplainedImage], measured: Sequence[dict[str, Values]]
    ) -> None:
        """Add the area of each map of each image to its numbers, and that of the image's random map.

        Maps of a contrast come unasked, and get no area. Those of one class share the random map, so it costs one curve
        for each class that an image is explained for.
        """
        maps = [(row, name) for row, image in enumerate(images) for name in _asked(image)]
        classes = [(row, target) for row, image in enumerate(images) for target in _targets(image)]
        subjects = [_of_map(images[row], name) for row, name in maps]
        subjects += [_of_chance(images[row], target) for row, target in classes]
        areas = self._areas(curve, subjects)
        of_chance = dict(zip(classes, areas[len(maps) :], strict=True))
        for (row, name), area in zip(maps, areas, strict=False):
            explanation = images[row].explanation
            chance = of_chance[row, target_of(explanation, explanation.methods[name])]
            measured[row][name] |= {f"{curve}_auc": area, f"{curve}_auc_random": chance}

    def _areas(self, curve: CurveName, subjects: Sequence[Subject]) -> list[float]:
        found = curves(
            self.explainers.probability(),
            subjects,
            curve,
            batch_size=PROBABILITY_BATCH,
            protocol=PROTOCOLS[self.explainers.spec.faithfulness],
            check=self.check,
        )
        return [each.area for each in found]


def _asked(image: ExplainedImage) -> list[str]:
    return [name for name, found in image.explanation.methods.items() if not found.contrast]


def _targets(image: ExplainedImage) -> list[int]:
    explanation = image.explanation
    return list(dict.fromkeys(target_of(explanation, explanation.methods[name]) for name in _asked(image)))


def _of_map(image: ExplainedImage, name: str) -> Subject:
    found = image.explanation.methods[name]
    return Subject(image.image.astype(np.float32), found.map, target_of(image.explanation, found))


def _of_chance(image: ExplainedImage, target: int) -> Subject:
    """A random map that depends on the image's id alone, so that jobs can be compared image by image."""
    chance = random_map(image.image.shape[:2], seed=zlib.crc32(image.example.image_id.encode()))
    return Subject(image.image.astype(np.float32), chance, target)
