"""Evaluates images as they are and under every corruption at every severity."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from itertools import compress, product

import numpy as np
from numpy.typing import NDArray

from ml.evaluation.cam_shift import MapShift, map_shift, object_mask
from ml.evaluation.corruptions.subject import CorruptedImage, Pixels, Subject
from ml.evaluation.corruptions.table import prepare_corruption
from ml.evaluation.predictions import ScoredPredictions, score
from ml.evaluation.predictor import Prediction, Predictor
from ml.evaluation.views import mean_of_views, views_of
from ml.thread_pool import thread_pool

Mask = NDArray[np.bool_]
Condition = tuple[str, int]
"""Corruption and severity."""
PendingImages = Future[list[CorruptedImage]]

TRUE_MASK, GRADCAM_MASK, NO_MASK = "true mask", "gradcam", "none"
_THREADS = min(8, os.cpu_count() or 1)


@dataclass(frozen=True)
class EvaluationOptions:
    """Under which conditions to evaluate, whether to compare GradCAM maps, and by which views to predict once more."""

    corruptions: tuple[str, ...] = ()
    severities: tuple[int, ...] = ()
    map_shift: bool = False
    seed: int = 0
    views: tuple[str, ...] = ()

    @property
    def conditions(self) -> tuple[Condition, ...]:
        """All pairs of corruption and severity, in order."""
        return tuple(product(self.corruptions, self.severities))


@dataclass(frozen=True, eq=False)
class Picture:
    """One labelled image: ``image`` (S, S, 3) uint8, ``mask`` (S, S) bool or None."""

    image_id: str
    image: Pixels
    label: int
    mask: Mask | None = None


@dataclass(frozen=True, eq=False)
class BatchEvaluation:
    """The results for n images.

    Attributes:
        logits: (n, K) float32, of the clean images.
        clean: predictions for the clean images.
        corrupted: predictions under each condition.
        shifts: of the GradCAM map of the class that was predicted for the clean image.
        masks: the object masks that were used to replace the background.
        mask_sources: ``true mask``, ``gradcam`` or ``none`` for each of them.
        by_views: predictions for the clean images by the mean of several views; None where none were asked for.
    """

    logits: NDArray[np.float32]
    clean: ScoredPredictions
    corrupted: Mapping[Condition, ScoredPredictions]
    shifts: Mapping[Condition, MapShift]
    masks: tuple[Mask | None, ...]
    mask_sources: tuple[str, ...]
    by_views: ScoredPredictions | None = None

    @property
    def finite(self) -> NDArray[np.bool_]:
        """(n,) bool: whether the clean image has a finite loss, and so finite logits, also by the mean of the views."""
        one_view = np.isfinite(self.clean.losses)
        return one_view if self.by_views is None else one_view & np.isfinite(self.by_views.losses)

    def rows(self, chosen: NDArray[np.bool_]) -> BatchEvaluation:
        """The results of the chosen images; ``chosen`` is (n,) bool."""
        return BatchEvaluation(
            self.logits[chosen],
            self.clean.rows(chosen),
            {condition: scored.rows(chosen) for condition, scored in self.corrupted.items()},
            {condition: shift.rows(chosen) for condition, shift in self.shifts.items()},
            tuple(compress(self.masks, chosen)),
            tuple(compress(self.mask_sources, chosen)),
            self.by_views.rows(chosen) if self.by_views else None,
        )


class RobustnessEvaluator:
    """Evaluates any number of batches with one predictor; results do not depend on the batch."""

    def __init__(self, predictor: Predictor, options: EvaluationOptions) -> None:
        self.predictor = predictor
        self._options = options

    def evaluate(self, pictures: Sequence[Picture], *, on_condition: Callable[[int], None]) -> BatchEvaluation:
        """Evaluate pictures of the predictor's image size, at least one and at most a batch.

        Args:
            on_condition: called before each condition with the number of conditions done; may raise to stop.
        """
        labels = np.array([picture.label for picture in pictures], np.int32)
        images = np.stack([picture.image for picture in pictures])
        clean = self.predictor.predict(images)
        by_views = self._by_views(images, clean, labels)
        masks, sources = self._masks(pictures, clean.maps)
        targets = clean.logits.argmax(axis=1).astype(np.int32)
        corrupted, shifts = {}, {}
        for done, (condition, made) in enumerate(self._corrupted(pictures, masks)):
            on_condition(done)
            prediction = self.predictor.predict(np.stack([each.image for each in made]), targets)
            corrupted[condition] = score(prediction.logits, labels)
            if self._options.map_shift and clean.maps is not None and prediction.maps is not None:
                views, (height, width, _) = [each.view for each in made], made[0].image.shape
                shifts[condition] = map_shift(clean.maps, prediction.maps, views, picture=(height, width))
        return BatchEvaluation(clean.logits, score(clean.logits, labels), corrupted, shifts, masks, sources, by_views)

    def _by_views(self, images: Pixels, clean: Prediction, labels: NDArray[np.int32]) -> ScoredPredictions | None:
        if not self._options.views:
            return None
        others = [self.predictor.predict(view).logits for view in views_of(images, self._options.views)]
        return score(mean_of_views([clean.logits, *others]), labels)

    def _masks(
        self, pictures: Sequence[Picture], maps: NDArray[np.float32] | None
    ) -> tuple[tuple[Mask | None, ...], tuple[str, ...]]:
        """True masks where there are any, else the object according to GradCAM."""
        if "background" not in self._options.corruptions:
            return (None,) * len(pictures), ()
        found = [
            (picture.mask, TRUE_MASK)
            if picture.mask is not None
            else (object_mask(maps[row], self.predictor.image_size) if maps is not None else None, GRADCAM_MASK)
            for row, picture in enumerate(pictures)
        ]
        return tuple(mask for mask, _ in found), tuple(NO_MASK if mask is None else source for mask, source in found)

    def _corrupted(
        self, pictures: Sequence[Picture], masks: Sequence[Mask | None]
    ) -> Iterator[tuple[Condition, list[CorruptedImage]]]:
        """All pictures under each condition in turn, made in threads while the predictor works on the one before."""
        subjects = [Subject(picture.image, mask) for picture, mask in zip(pictures, masks, strict=True)]

        def make(name: str) -> list[PendingImages]:
            return [
                pool.submit(self._severities, name, subject, picture.image_id)
                for subject, picture in zip(subjects, pictures, strict=True)
            ]

        with thread_pool(_THREADS, name="corrupt") as pool:
            for name, made in _one_ahead(self._options.corruptions, make):
                for row, severity in enumerate(self._options.severities):
                    yield (name, severity), [each.result()[row] for each in made]

    def _severities(self, name: str, subject: Subject, image_id: str) -> list[CorruptedImage]:
        at = prepare_corruption(name, subject, seed=self._options.seed, image_id=image_id)
        return [at(severity) for severity in self._options.severities]


def _one_ahead(
    names: Sequence[str], make: Callable[[str], list[PendingImages]]
) -> Iterator[tuple[str, list[PendingImages]]]:
    """Yield each name with what ``make`` returns for it; the next call is made before this result is yielded."""
    following = make(names[0]) if names else []
    for number, name in enumerate(names):
        made, following = following, make(names[number + 1]) if number + 1 < len(names) else []
        yield name, made
