"""Measures the maps of a batch as the job asks for it; costly measures look at a sample of the images."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from jobs.sample import sample
from jobs.specs.explain_spec import RANDOMIZED_AT_MOST
from ml.attribution.explainer import ImageExplanation, MethodExplanation
from ml.attribution.quality.faithfulness import CurveName, Subject, curves
from ml.attribution.quality.localization import focus, localization
from ml.attribution.quality.randomization import PARTS, Part, similarity
from ml.data.datasets import Example
from ml.data.images import resize_mask
from workers.kinds.explain.image_record import target_of
from workers.kinds.explain.model_explainers import PROBABILITY_BATCH, ModelExplainers

Values = dict[str, float]
"""Numbers by their name in ``jobs.results.measure.MEASURES``."""
_FOCUS_SIZE = 56
_CURVES: tuple[CurveName, ...] = ("deletion", "insertion")


@dataclass(frozen=True, eq=False)
class ExplainedImage:
    """An image (S, S, 3) uint8 as the model saw it, where it came from, and its maps."""

    example: Example
    image: npt.NDArray[np.uint8]
    explanation: ImageExplanation


class MapMeasures:
    """Measures the maps of one shard."""

    def __init__(
        self, explainers: ModelExplainers, slices: tuple[tuple[int, int], ...], *, check: Callable[[], None]
    ) -> None:
        """Choose the images that costly measures look at.

        Args:
            explainers: of the job's model.
            slices: start and stop of all shards of the job, from which the sample is drawn.
            check: called between batches; may raise to stop.
        """
        size = explainers.spec.metrics_sample
        self._explainers = explainers
        self._spec = explainers.spec
        self._check = check
        self._sample = sample(slices, size)
        self._randomized = sample(slices, min(size or RANDOMIZED_AT_MOST, RANDOMIZED_AT_MOST))

    def of(self, batch: Sequence[ExplainedImage]) -> list[dict[str, Values]]:
        """Measured numbers of each image, by method.

        Raises:
            InvalidSpec: a metric cannot be had of this model.
        """
        measured = [{name: self._cheap(one, name) for name in one.explanation.methods} for one in batch]
        chosen = [row for row, one in enumerate(batch) if one.example.index in self._sample]
        for curve in _CURVES:
            if curve in self._spec.metrics:
                self._follow(curve, batch, chosen, measured)
        if "randomization" in self._spec.metrics:
            randomized = [row for row in chosen if batch[row].example.index in self._randomized]
            for part in PARTS if randomized else ():
                self._compare(part, batch, randomized, measured)
        return measured

    def _cheap(self, one: ExplainedImage, method: str) -> Values:
        found, step = one.explanation.methods[method], 1
        heatmap = found.map
        if found.layer_map is not None:  # smooth: every few pixels tell as much as all of them, in a tenth of the time
            step = max(1, len(heatmap) // _FOCUS_SIZE)
        values = {"focus": focus(heatmap[::step, ::step])}
        if "localization" in self._spec.metrics and one.example.mask is not None:
            place = localization(heatmap, resize_mask(one.example.mask, len(heatmap)))
            values |= {
                "pointing_game": place.pointing_game,
                "energy_in_mask": place.energy_in_mask,
                "mask_share": place.mask_share,
            }
        return values

    def _follow(
        self, curve: CurveName, batch: Sequence[ExplainedImage], rows: Sequence[int], measured: list[dict[str, Values]]
    ) -> None:
        # Maps of a contrast come unasked: they get no measure that costs forward passes.
        pairs = [(row, name) for row in rows for name, found in _methods(batch[row]) if not found.contrast]
        subjects = [
            Subject(
                batch[row].image.astype(np.float32),
                batch[row].explanation.methods[name].map,
                target_of(batch[row].explanation, batch[row].explanation.methods[name]),
            )
            for row, name in pairs
        ]
        found = curves(self._explainers.probability(), subjects, curve, batch_size=PROBABILITY_BATCH, check=self._check)
        for (row, name), result in zip(pairs, found, strict=True):
            measured[row][name][f"{curve}_auc"] = result.area

    def _compare(
        self, part: Part, batch: Sequence[ExplainedImage], rows: Sequence[int], measured: list[dict[str, Values]]
    ) -> None:
        again = self._explainers.randomized(part).explain(
            np.stack([batch[row].image for row in rows]),
            [batch[row].explanation.target for row in rows],
            foils=[next(found.foil for _, found in _methods(batch[row])) for row in rows],
            check=self._check,
        )
        for row, randomized in zip(rows, again, strict=True):
            for name, again_explained in randomized.methods.items():  # of the first target alone
                found = similarity(batch[row].explanation.methods[name].map, again_explained.map)
                measured[row][name][f"spearman_random_{part}"] = found.signed
                measured[row][name][f"spearman_random_{part}_abs"] = found.magnitude


def _methods(one: ExplainedImage) -> Iterable[tuple[str, MethodExplanation]]:
    """The maps of an image by name, that of its target first."""
    return one.explanation.methods.items()
