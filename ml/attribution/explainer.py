"""Explains any number of images with one classifier: its predictions, and maps by each method."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import replace
from itertools import chain, islice

import keras
import numpy as np
import numpy.typing as npt

from ml.attribution.explanation import (
    INTEGRATED_GRADIENTS,
    ExplainOptions,
    ImageExplanation,
    MethodExplanation,
    RequestedPrecision,
)
from ml.attribution.forward_pass import ForwardPass, ForwardResult
from ml.attribution.image_classifier import ImageClassifier
from ml.attribution.image_maps import ImageMaps
from ml.attribution.integrated_gradients.image_paths import ImagePaths
from ml.attribution.integrated_gradients.path_gradients import PathGradients
from ml.attribution.integrated_gradients.path_memory import open_paths
from ml.attribution.noise import noisy_copies
from ml.attribution.partial_explanation import PartialExplanation
from ml.attribution.precision import in_bfloat16, probe
from ml.attribution.question import Question, Questioner
from ml.batch_size import fitting_batch_size
from ml.data.image_size import ImageSize
from ml.errors import MlError
from ml.models.classifier_functions import classifier_functions
from ml.models.folding import fold_batch_normalization
from ml.thread_pool import thread_pool

__all__ = ["ExplainOptions", "Explainer", "ImageExplanation", "MethodExplanation"]

Images = npt.NDArray[np.uint8]
Floats = npt.NDArray[np.float32]
LabelledImage = tuple[Images, int | None]
Check = Callable[[], None]
# Paths open at once, at least: each waits for eight points or more, so a few paths fill a batch.
_FEWEST_SLOTS = 8
# While Python prepares a forward pass or reads its results, others compute. One alone does not fill all cores, so two
# must be under way while the third one waits for Python, which draws and decodes besides.
_PASSES_AT_ONCE = 3


def _never() -> None:
    """Check nothing: the default, which never stops the work."""


class Explainer:
    """Explains any number of images with one model; compiled once, and no image depends on another.

    Raises:
        MlError: the model has no such layer, or fewer classes than the target asks for.
        BadOption: a single path of Integrated Gradients could take more memory than all paths together may.
    """

    def __init__(self, model: keras.Model, options: ExplainOptions) -> None:
        self._model, self._options = fold_batch_normalization(model, kept=options.feature_layer), options
        self._batch_size = options.batch_size or fitting_batch_size(model, gradients=False)
        self._path_batch_size = options.path_batch_size or fitting_batch_size(model, gradients=True)
        self._use(in_bfloat16(self._model) if options.precision == "bfloat16" else self._model)
        _require_classes(options, self._functions.num_classes)

    def _use(self, model: keras.Model) -> None:
        self._functions = classifier_functions(model, feature_layer=self._options.feature_layer)
        self._options = replace(self._options, one_branch=self._functions.bypassed)
        self._questioner = Questioner(self._options, self._functions.image_size, self._functions.num_classes)
        self._forward = ForwardPass(
            self._functions,
            classes=self._questioner.slots,
            batch_size=self._batch_size,
            methods=self._options.layer_methods,
            score=self._options.score,
        )
        self._classifier = ImageClassifier(
            self._functions,
            score=self._options.score,
            batch_size=self._batch_size,
            gradient_batch_size=self._path_batch_size,
        )
        self._gradients = PathGradients(
            self._functions.logits,
            image_size=self._functions.image_size,
            batch_size=self._path_batch_size,
            slots=_slots(self._options, self._functions.image_size, batch_size=self._path_batch_size),
            score=self._options.score,
        )

    @property
    def traces(self) -> int:
        """How many times any function was traced; does not change after the first image."""
        return self._forward.traces + self._gradients.traces + self._classifier.traces

    @property
    def later_traces(self) -> int:
        """How many times a function was traced after its first batch: 0, unless memory ran short later."""
        return self._forward.later_traces + self._gradients.later_traces + self._classifier.later_traces

    @property
    def precision(self) -> RequestedPrecision:
        """``float32`` or ``bfloat16``; ``auto`` until the probe has run on the first images."""
        return self._options.precision

    @property
    def batch_size(self) -> int:
        """Images per forward pass; halved when memory runs out."""
        return self._forward.batch_size

    @property
    def path_batch_size(self) -> int:
        """Points per evaluation of gradients; halved when memory runs out."""
        return self._gradients.batch_size

    @property
    def open_paths(self) -> int:
        """How many paths of Integrated Gradients may be open at once."""
        return self._gradients.slots

    def explain(
        self,
        images: Images,
        labels: Sequence[int | None],
        *,
        foils: Sequence[int | None] | None = None,
        check: Check = _never,
    ) -> list[ImageExplanation]:
        """Explain images, in order.

        Args:
            images: (n, S, S, 3) uint8 raw RGB, n at least 1.
            labels: n true classes, or None where not known.
            foils: n classes to hold the targets against, or None; None for all: as the score says. Another model is
                so asked the same of an image as the first one.
            check: called between compiled calls; may raise to stop.

        Raises:
            MlError: the images have another size than the model's, or a target or a score needs a label that is
                missing.
        """
        held = [None] * len(labels) if foils is None else foils
        if images.ndim != 4 or not len(images) == len(labels) == len(held):
            raise MlError(
                f"images {images.shape} with {len(labels)} labels and {len(held)} foils: expected (n, H, W, 3), n and n"
            )
        return list(self._stream(map(Question, images, labels, held), check))

    def stream(self, images: Iterable[LabelledImage], *, check: Check = _never) -> Iterator[ImageExplanation]:
        """Explain images as they come, in order; the more come, the fuller the batches.

        Images are read three batches ahead. Integrated Gradients packs the paths of many images together, and results
        keep the order of the images: one whose path takes long holds back those after it.

        Args:
            images: (S, S, 3) uint8 raw RGB and true class or None, each.
            check: called between compiled calls; may raise to stop.
        """
        return self._stream((Question(image, label) for image, label in images), check)

    def _stream(self, images: Iterable[Question], check: Check) -> Iterator[ImageExplanation]:
        partial = self._forward_passes(images, check)
        if INTEGRATED_GRADIENTS in self._options.methods:
            partial = self._integrate(partial, check)
        if self._options.image_methods:
            partial = self._add(partial, check)
        return (image.explanation(self._options) for image in partial)

    def _add(self, images: Iterator[PartialExplanation], check: Check) -> Iterator[PartialExplanation]:
        for first in images:  # the precision, and so the classifier, is chosen by the first batch
            maps = ImageMaps(self._classifier, self._options)
            yield from (maps.add_to(image, check) for image in chain([first], images))

    def _integrate(self, images: Iterator[PartialExplanation], check: Check) -> Iterator[PartialExplanation]:
        for first in images:  # the precision, and so what is compiled, is chosen by the first batch
            rest = chain([first], images)
            yield from ImagePaths(self._gradients, self._options).integrate(rest, check)

    def _forward_passes(self, images: Iterable[Question], check: Check) -> Iterator[PartialExplanation]:
        iterator, under_way = iter(images), deque[Future[list[PartialExplanation]]]()
        with thread_pool(_PASSES_AT_ONCE, name="pass") as threads:
            while batch := list(islice(iterator, self._batch_size)):
                check()
                if self._options.precision == "auto":
                    self._choose_precision(np.stack([asked.image for asked in batch]))
                under_way.append(threads.submit(self._pass, batch))
                if len(under_way) == _PASSES_AT_ONCE:
                    yield from under_way.popleft().result()
            while under_way:
                yield from under_way.popleft().result()

    def _choose_precision(self, images: Images) -> None:
        options = self._options
        choice = probe(self._model, images, feature_layer=options.feature_layer, score=options.score).choice
        self._options = replace(self._options, precision=choice)
        if choice == "bfloat16":
            self._use(in_bfloat16(self._model))

    def _pass(self, batch: Sequence[Question]) -> list[PartialExplanation]:
        asked = [self._questioner.asked(question) for question in batch]
        classes, foils = (np.asarray(part, np.int32) for part in zip(*asked, strict=True))
        passed = self._forward(np.stack([question.image for question in batch]), classes, foils)
        return [
            PartialExplanation(
                image=question.image,
                logits=passed.logits[row],
                asked=int(foils[row, 0]),
                label=self._questioner.known(question.label),
                classes=passed.classes[row],
                foils=passed.foils[row],
                maps=self._maps(question.image, passed, row),
                features=passed.features[row],
            )
            for row, question in enumerate(batch)
        ]

    def _maps(self, image: Images, passed: ForwardResult, row: int) -> Mapping[str, Floats]:
        """The maps of the layer (M, H, W) by method of one image, or their means over noisy copies."""
        maps, samples = {method: found[row] for method, found in passed.maps.items()}, self._options.noise_samples
        if not samples or not maps:
            return maps
        copies = noisy_copies(image, samples=samples, stddev=self._options.noise_stddev)
        classes, foils = (np.repeat(part[row : row + 1], samples, axis=0) for part in (passed.classes, passed.foils))
        noisy = self._forward(copies, classes, foils)
        return {method: found.mean(axis=0) for method, found in noisy.maps.items()}


def _slots(options: ExplainOptions, image_size: ImageSize, *, batch_size: int) -> int:
    """How many paths may be open: enough to fill batches, but no more than there is memory for."""
    if INTEGRATED_GRADIENTS not in options.methods:
        return 1
    return min(max(_FEWEST_SLOTS, batch_size // 2), open_paths(options.max_evaluations, image_size))


def _require_classes(options: ExplainOptions, classes: int) -> None:
    if isinstance(options.target, int) and not 0 <= options.target < classes:
        raise MlError(f"target {options.target}: the model has classes 0 to {classes - 1}")
    if options.top > classes:
        raise MlError(f"target {options.target!r}: the model has only {classes} classes")
    foil = options.score.foil
    if isinstance(foil, int) and foil >= classes:
        raise MlError(f"score {str(options.score)!r}: the model has classes 0 to {classes - 1}")
    if foil is not None and classes < 2:
        raise MlError(f"score {str(options.score)!r}: the model has no other class")
