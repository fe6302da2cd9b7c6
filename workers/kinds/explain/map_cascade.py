"""Compares the maps of a batch with those of the same model while its weights are drawn anew, stage by stage."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np
from pydantic import JsonValue

from jobs.results.measure import cascade_measure
from ml.attribution.explainer import ImageExplanation
from ml.attribution.quality.randomization import similarity
from workers.kinds.explain.explained_image import ExplainedImage, Values
from workers.kinds.explain.model_explainers import ModelExplainers

Compared = tuple[str, int, str]
"""A method, a stage, and what came of comparing a map: ``compared``, or why it was not."""


@dataclass(frozen=True)
class MapCascade:
    """The randomisation of one shard; ``check`` is called between batches and may raise to stop.

    Maps that have no rank correlation are counted by their reason, and paths of Integrated Gradients that ended by
    their evaluations as ``unconverged``. Counts are kept for each image, by its place in the split.
    """

    explainers: ModelExplainers
    check: Callable[[], None]
    _counts: dict[int, Counter[Compared]] = field(default_factory=lambda: defaultdict(Counter))

    def measure(self, images: Sequence[ExplainedImage], measured: Sequence[dict[str, Values]]) -> None:
        """Add the rank correlations of each stage to the numbers of each map of the first class.

        Raises:
            InvalidSpec: the model has no head with weights.
        """
        pixels = np.stack([image.image for image in images])
        targets = [image.explanation.target for image in images]
        foils = [next(iter(image.explanation.methods.values())).foil for image in images]
        for stage in range(len(self.explainers.cascade())):
            again = self.explainers.randomized(stage).explain(pixels, targets, foils=foils, check=self.check)
            for image, randomized, values in zip(images, again, measured, strict=True):
                self._compare(stage, image, randomized, values)

    def counts(self) -> dict[str, JsonValue]:
        """What the report of the shard says: the lowest random layer of each stage, and what was left out, by method.

        Nothing where no image was measured.
        """
        total: Counter[Compared] = sum(self._counts.values(), Counter())
        if not total:
            return {}
        stages = self.explainers.cascade()
        methods = sorted({method for method, _, _ in total})
        counted: dict[str, JsonValue] = {
            method: [_of_stage(total, method, stage) for stage in range(len(stages))] for method in methods
        }
        return {"lowest_random_layers": list(stages), "counted": counted}

    def counts_of(self, places: Iterable[int]) -> bytes:
        """The counts of these images as JSON, for ``restore``; nothing where none of them was measured."""
        found = {place: list(self._counts[place].items()) for place in places if place in self._counts}
        return json.dumps(found).encode() if found else b""

    def restore(self, data: bytes) -> None:
        """Take in counts of images that were measured before."""
        for place, counts in json.loads(data).items():
            self._counts[int(place)] = Counter({(method, stage, name): n for (method, stage, name), n in counts})

    def _compare(
        self, stage: int, image: ExplainedImage, randomized: ImageExplanation, values: dict[str, Values]
    ) -> None:
        counts = self._counts[image.example.index]
        if randomized.error:
            asked = image.explanation.methods
            counts.update((name, stage, "failed") for name in asked if name == asked[name].method)
        for name, again in randomized.methods.items():  # of the first class alone
            found = similarity(image.explanation.methods[name].map, again.map)
            values[name][cascade_measure(stage)] = found.signed
            values[name][cascade_measure(stage, magnitude=True)] = found.magnitude
            counts[name, stage, "compared" if found.left_out is None else found.left_out] += 1
            if found.left_out is None and "unconverged" in again.flags:
                counts[name, stage, "unconverged"] += 1


def _of_stage(total: Counter[Compared], method: str, stage: int) -> dict[str, JsonValue]:
    return {name: count for (of, at, name), count in total.items() if (of, at) == (method, stage)}
