"""Explaining images with a classifier: prediction, GradCAM and Integrated Gradients, any number of images."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice

import keras
import numpy as np
import numpy.typing as npt

from ml.classifier_functions import classifier_functions
from ml.errors import MlError
from ml.explanation import (
    GRADCAM,
    INTEGRATED_GRADIENTS,
    LIKELIEST,
    TRUE,
    ExplainOptions,
    ImageExplanation,
    MethodExplanation,
)
from ml.forward_pass import ForwardPass, likeliest
from ml.image_paths import ImagePaths
from ml.noise import noisy_copies
from ml.path_gradients import PathGradients
from ml.seen_image import SeenImage

__all__ = ["ExplainOptions", "Explainer", "ImageExplanation", "MethodExplanation"]

Images = npt.NDArray[np.uint8]
Labelled = tuple[Images, int | None]
Check = Callable[[], None]


def _never() -> None:
    """Nothing to stop for."""


class Explainer:
    """Explains any number of images with one model; compiled once, and no image depends on another.

    Raises:
        MlError: the model has no such layer, or not so many classes as the target asks for.
    """

    def __init__(self, model: keras.Model, options: ExplainOptions) -> None:
        self._options = options
        functions = classifier_functions(model, feature_layer=options.feature_layer)
        _require_classes(options, functions.num_classes)
        self._size, self._classes = functions.image_size, functions.num_classes
        self._ranks = [likeliest(rank) for rank in range(max(LIKELIEST, options.top))]
        self._forward = ForwardPass(
            functions.body,
            functions.head,
            functions.head_weights,
            image_size=self._size,
            classes=2 + len(self._ranks),
            batch_size=options.batch_size or 16,
        )
        self._gradients = PathGradients(
            functions.logits,
            image_size=self._size,
            batch_size=options.path_batch_size or 32,
            slots=max(8, (options.path_batch_size or 32) // 2),
        )

    @property
    def traces(self) -> int:
        """How often anything was traced; it stays as it is after the first image."""
        return self._forward.traces + self._gradients.traces

    def explain(self, images: Images, labels: Sequence[int | None], *, check: Check = _never) -> list[ImageExplanation]:
        """Explain images, in order.

        Args:
            images: (n, S, S, 3) uint8 raw RGB, n at least 1.
            labels: n true classes, or None where not known.
            check: called between compiled calls; may raise to stop.

        Raises:
            MlError: the images have another size than the model's, or a target needs a label that is missing.
        """
        if images.ndim != 4 or len(images) != len(labels):
            raise MlError(f"images {images.shape} with {len(labels)} labels: expected (n, S, S, 3) and n labels")
        return list(self.stream(zip(images, labels, strict=True), check=check))

    def stream(self, images: Iterable[Labelled], *, check: Check = _never) -> Iterator[ImageExplanation]:
        """Explain images as they come, in order; the more come, the fuller the batches.

        Images are taken a batch ahead. The longest waits for the slowest: Integrated Gradients packs the paths of
        many images together, and an image whose path takes long holds back those behind it.

        Args:
            images: (S, S, 3) uint8 raw RGB and true class or None, each.
            check: called between compiled calls; may raise to stop.
        """
        seen = self._seen(images, check)
        if INTEGRATED_GRADIENTS in self._options.methods:
            seen = ImagePaths(self._gradients, self._options).integrated(seen, check)
        return (image.explanation(self._options) for image in seen)

    def _seen(self, images: Iterable[Labelled], check: Check) -> Iterator[SeenImage]:
        iterator = iter(images)
        while batch := list(islice(iterator, self._options.batch_size or 16)):
            check()
            yield from self._pass(batch)

    def _pass(self, batch: Sequence[Labelled]) -> Iterator[SeenImage]:
        asked = np.asarray([self._asked(image, label) for image, label in batch], np.int32)
        passed = self._forward(np.stack([image for image, _ in batch]), asked)
        rows = zip(batch, passed.logits, passed.classes, passed.maps, strict=True)
        for (image, _), logits, classes, maps in rows:
            yield SeenImage(image, logits, classes, self._maps(image, classes, maps))

    def _asked(self, image: Images, label: int | None) -> list[int]:
        """The target, the true class and the likeliest ones, as far as they are known before the forward pass."""
        if image.shape != (self._size, self._size, 3):
            raise MlError(f"image {image.shape}: expected ({self._size}, {self._size}, 3)")
        target, known = self._options.target, label is not None and 0 <= label < self._classes
        true = label if known and label is not None else likeliest(0)
        if target == TRUE and not known:
            raise MlError(f"target 'true' needs a label from 0 to {self._classes - 1}, and an image has {label}")
        first = true if target == TRUE else target if isinstance(target, int) else likeliest(0)
        return [first, true, *self._ranks]

    def _maps(
        self, image: Images, classes: npt.NDArray[np.int32], maps: npt.NDArray[np.float32]
    ) -> npt.NDArray[np.float32]:
        """The GradCAM maps (M, H, W), or their mean over noisy copies."""
        samples = self._options.noise_samples
        if not samples or GRADCAM not in self._options.methods:
            return maps
        copies = noisy_copies(image, samples=samples, stddev=self._options.noise_stddev)
        noisy = self._forward(copies, np.repeat(classes[None], samples, axis=0))
        return noisy.maps.mean(axis=0)


def _require_classes(options: ExplainOptions, classes: int) -> None:
    if isinstance(options.target, int) and not 0 <= options.target < classes:
        raise MlError(f"target {options.target}: the model has classes 0 to {classes - 1}")
    if options.top > classes:
        raise MlError(f"target {options.target!r}: the model has only {classes} classes")
