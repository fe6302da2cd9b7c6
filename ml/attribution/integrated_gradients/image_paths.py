"""Computes Integrated Gradients of many images: packs their paths into shared batches, and averages them per image."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field

import numpy as np

from ml.attribution.baselines import baselines_of
from ml.attribution.explanation import INTEGRATED_GRADIENTS, ExplainOptions, MethodExplanation
from ml.attribution.integrated_gradients.adaptive_path import Accuracy, AdaptivePath
from ml.attribution.integrated_gradients.attribution import Attribution
from ml.attribution.integrated_gradients.attribution_mean import AttributionMean
from ml.attribution.integrated_gradients.path_gradients import PathEnds, PathGradients
from ml.attribution.integrated_gradients.path_packing import integrate
from ml.attribution.noise import noisy_copies, seed_of
from ml.attribution.partial_explanation import PartialExplanation


@dataclass(eq=False)
class _Pending:
    """An image whose paths are being integrated, and the means that they are added to, one per target."""

    image: PartialExplanation
    means: dict[int, AttributionMean]

    def add(self, target: int, attribution: Attribution) -> None:
        if self.means[target].add(attribution):
            self.image.integrated_gradients[target] = _explanation(self.means.pop(target), target)


@dataclass(eq=False)
class ImagePaths:
    """One run over images; a second one needs a new object."""

    gradients: PathGradients
    options: ExplainOptions
    _pending: deque[_Pending] = field(default_factory=deque)
    _under_way: dict[int, tuple[_Pending, int]] = field(default_factory=dict)

    def integrate(
        self, images: Iterable[PartialExplanation], check: Callable[[], None]
    ) -> Iterator[PartialExplanation]:
        """Yield the images in order, each when all its paths have been integrated."""
        options = self.options
        accuracy = Accuracy(
            options.tolerance, options.max_evaluations, options.smallest_difference, options.map_tolerance
        )
        ended = integrate(self.gradients, self._ends(images), lambda: AdaptivePath(accuracy), check=check)
        for number, attribution in ended:
            pending, target = self._under_way.pop(number)
            pending.add(target, attribution)
            while self._pending and not self._pending[0].means:
                yield self._pending.popleft().image

    def _ends(self, images: Iterable[PartialExplanation]) -> Iterator[PathEnds]:
        """All paths of all images: every target from every baseline to every noisy copy."""
        number = 0
        for image in images:
            ends = _path_ends(image, self.options)
            targets = image.targets(self.options)
            means = {target: AttributionMean(len(ends) // len(targets)) for target in targets}
            pending = _Pending(image, means)
            self._pending.append(pending)
            for path in ends:
                self._under_way[number] = pending, path.target
                number += 1
                yield path


def _path_ends(image: PartialExplanation, options: ExplainOptions) -> list[PathEnds]:
    clean = image.image.astype(np.float32)
    copies = noisy_copies(image.image, samples=options.noise_samples, stddev=options.noise_stddev)
    starts = baselines_of(options.baseline, clean, seed=seed_of(image.image))
    return [
        PathEnds(copy, start, target, image.foil(target))
        for target in image.targets(options)
        for copy in copies
        for start in starts
    ]


def _explanation(mean: AttributionMean, target: int) -> MethodExplanation:
    result = mean.result()
    metrics = {
        "value": result.value,
        "baseline_value": result.baseline_value,
        "delta": result.delta,
        "relative_delta": result.relative_delta,
        "judged_delta": result.judged_delta,
        "map_error": result.map_error,
        "cancellation": result.cancellation,
        "evaluations": float(result.evaluations),
    }
    if mean.paths > 1:
        metrics |= {"paths": float(mean.paths), "worst_relative_delta": mean.worst_relative_delta}
    return MethodExplanation(INTEGRATED_GRADIENTS, result.map, result.flags, metrics, target, harder=result.harder)
