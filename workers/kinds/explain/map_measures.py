"""Measures the maps of a batch as the job asks for it; costly measures look at a sample of the images."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from pydantic import JsonValue

from jobs.results.record import ImageRecord
from jobs.sample import sample
from jobs.specs.explain_spec import RANDOMIZED_AT_MOST
from ml.attribution.quality.faithfulness import CurveName
from ml.attribution.quality.localization import focus, localization
from ml.data.images import resize_mask
from workers.kinds.explain.explained_image import ExplainedImage, Values
from workers.kinds.explain.map_cascade import MapCascade
from workers.kinds.explain.map_curves import MapCurves
from workers.kinds.explain.model_explainers import ModelExplainers
from workers.step.kept_images import Kept

_FOCUS_SIZE = 56
_COUNTS = "randomization.json"
_CURVES: tuple[CurveName, ...] = ("deletion", "insertion")


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
        self._spec = explainers.spec
        self._curves = MapCurves(explainers, check)
        self._cascade = MapCascade(explainers, check)
        self._sample = sample(slices, size)
        self._randomized = sample(slices, min(size or RANDOMIZED_AT_MOST, RANDOMIZED_AT_MOST))

    def of(self, batch: Sequence[ExplainedImage]) -> list[dict[str, Values]]:
        """Measured numbers of each image, by method.

        Raises:
            InvalidSpec: a metric cannot be had of this model.
        """
        measured = [{name: self._cheap(one, name) for name in one.explanation.methods} for one in batch]
        chosen = [row for row, one in enumerate(batch) if one.example.index in self._sample]
        images, numbers = [batch[row] for row in chosen], [measured[row] for row in chosen]
        for curve in _CURVES:
            if images and curve in self._spec.metrics:
                self._curves.measure(curve, images, numbers)
        randomized = [row for row in chosen if batch[row].example.index in self._randomized]
        if randomized and "randomization" in self._spec.metrics:
            self._cascade.measure([batch[row] for row in randomized], [measured[row] for row in randomized])
        return measured

    def cascade_counts(self) -> dict[str, JsonValue]:
        """How many maps each stage of the randomisation could compare so far, and why not the others."""
        return self._cascade.counts()

    def unkept(self, records: Iterable[ImageRecord]) -> dict[str, bytes]:
        """What must be kept of these images besides their records."""
        counts = self._cascade.counts_of(record.index for record in records)
        return {_COUNTS: counts} if counts else {}

    def restore(self, parts: Iterable[Kept]) -> None:
        """Take in the counts that earlier attempts kept."""
        for part in parts:
            if _COUNTS in part.files:
                self._cascade.restore(part.files[_COUNTS])

    def _cheap(self, one: ExplainedImage, method: str) -> Values:
        found, step = one.explanation.methods[method], 1
        heatmap = found.map
        if found.layer_map is not None:  # it is smooth: every few pixels are enough, in a tenth of the time
            step = max(1, len(heatmap) // _FOCUS_SIZE)
        values = {"focus": focus(heatmap[::step, ::step])}
        if "localization" in self._spec.metrics and one.example.mask is not None:
            place = localization(heatmap, resize_mask(one.example.mask, heatmap.shape[:2]))
            values |= {
                "pointing_game": place.pointing_game,
                "energy_in_mask": place.energy_in_mask,
                "mask_share": place.mask_share,
            }
        return values
