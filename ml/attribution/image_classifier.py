"""Gives methods of an image the classifier as compiled functions of images."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
import numpy.typing as npt
import tensorflow as tf

from ml.attribution.image_method import MapRequest
from ml.attribution.scores import Score
from ml.fixed_batch import FixedBatch
from ml.models.classifier_functions import ClassifierFunctions

Floats = npt.NDArray[np.float32]


class MethodCall:
    """Watches one call of a method: counts the images that it had computed, and remembers what its check raised.

    So a method that catches every exception cannot keep a job from stopping.
    """

    def __init__(self, check: Callable[[], None]) -> None:
        self._check = check
        self._raised: BaseException | None = None
        self.images = 0

    def check(self) -> None:
        """Raises if the job is to stop."""
        try:
            self._check()
        except BaseException as reason:
            self._raised = reason
            raise

    def reraise(self) -> None:
        """Raises once more what the check has raised, if it has."""
        if self._raised is not None:
            raise self._raised


class ImageClassifier:
    """A classifier as functions of images, each compiled when it is first called."""

    def __init__(
        self, functions: ClassifierFunctions, *, score: Score, batch_size: int, gradient_batch_size: int
    ) -> None:
        self._functions, self._score = functions, score
        self._shape = (*functions.image_size, 3)
        image = (self._shape, tf.float32)
        self._logits = FixedBatch(self._logits_of, [image], size=batch_size)
        classes = [((), tf.int32), ((), tf.int32)]
        self._gradients = FixedBatch(self._gradients_of, [image, *classes], size=gradient_batch_size)

    @property
    def traces(self) -> int:
        """How many times a function was traced."""
        return self._logits.traces + self._gradients.traces

    @property
    def later_traces(self) -> int:
        """How many times a function was traced after its first batch."""
        return self._logits.later_traces + self._gradients.later_traces

    def request(self, image: Floats, target: int, foil: int, options: Any, call: MethodCall) -> MapRequest:
        """What a method gets for one image (S, S, 3) and one class, and for the class that it is held against."""
        image.setflags(write=False)
        logits = partial(self._batches, self._logits, call, ())
        return MapRequest(
            image=image,
            target=target,
            options=options,
            scores=lambda images: self._scores(logits(images), target, foil),
            gradients=partial(self._batches, self._gradients, call, (target, foil)),
            logits=logits,
            probabilities=lambda images: np.asarray(tf.nn.softmax(logits(images))),
            batch_size=self._logits.size,
            check=call.check,
        )

    def _batches(self, function: FixedBatch, call: MethodCall, classes: tuple[int, ...], images: Floats) -> Floats:
        """A function of any number of images, between whose batches the job may stop."""
        pixels, size = self._pixels(images), function.size
        call.images += len(pixels)
        parts = []
        for start in range(0, len(pixels), size):
            call.check()
            part = pixels[start : start + size]
            parts.append(function(part, *(np.full(len(part), label, np.int32) for label in classes))[0])
        return np.concatenate(parts)

    def _pixels(self, images: Floats) -> Floats:
        pixels = np.asarray(images, np.float32)
        if pixels.shape[1:] != self._shape or not len(pixels):
            raise ValueError(f"images {pixels.shape}: expected (n, {', '.join(map(str, self._shape))}), n at least 1")
        return pixels

    def _scores(self, logits: Floats, target: int, foil: int) -> Floats:
        classes, foils = (np.full(len(logits), label, np.int32) for label in (target, foil))
        return np.asarray(self._score.values(tf.constant(logits), classes, foils))

    def _logits_of(self, images: Any) -> Any:
        return (tf.cast(self._functions.logits(images), tf.float32),)

    def _gradients_of(self, images: Any, targets: Any, foils: Any) -> Any:
        with tf.GradientTape() as tape:
            tape.watch(images)
            scores = self._score.values(self._logits_of(images)[0], targets, foils)
        return (tape.gradient(scores, images),)
