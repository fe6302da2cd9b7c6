"""Evaluates F and its attribution density on straight paths between images, compiled, for Integrated Gradients."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import tensorflow as tf

from ml.attribution.scores import CENTRED, NO_FOIL, Score
from ml.data.image_size import ImageSize, height_and_width
from ml.fixed_batch import FixedBatch

Floats = npt.NDArray[np.float32]
Ints = npt.NDArray[np.int32]


@dataclass(frozen=True, eq=False)
class PathEnds:
    """One path, and what is explained on it.

    Attributes:
        image: (S, S, 3) raw RGB float32, where it ends.
        baseline: the same, where it starts.
        target: the class whose score F is.
        foil: the class that it is held against all along the path, or ``ml.attribution.scores.NO_FOIL``.
    """

    image: Floats
    baseline: Floats
    target: int
    foil: int = NO_FOIL


class PathGradients:
    """Evaluates points on up to ``slots`` paths, whose ends stay on the device.

    Args:
        logits: images (B, S, S, 3) float32 → (B, K).
        image_size: S, or height and width.
        batch_size: points per batch; a batch of a quarter of it is compiled too, for the rest at the end.
        slots: paths that can be open at once.
        score: F, as a function of the logits.
    """

    def __init__(
        self,
        logits: Callable[[Any], Any],
        *,
        image_size: ImageSize,
        batch_size: int,
        slots: int,
        score: Score = CENTRED,
    ) -> None:
        shape = (slots, *height_and_width(image_size), 3)
        self.slots = slots
        self._logits, self._score = logits, score
        self._images = tf.Variable(tf.zeros(shape), trainable=False)
        self._baselines = tf.Variable(tf.zeros(shape), trainable=False)
        self._targets, self._foils = np.zeros(slots, np.int32), np.full(slots, NO_FOIL, np.int32)
        rows = [((), tf.int32), ((), tf.float32), ((), tf.int32), ((), tf.int32)]
        self._batch = FixedBatch(self.compute, rows, size=batch_size, small=batch_size // 4)

    def open(self, slot: int, ends: PathEnds) -> None:
        """Put a path into a slot, in place of what was there."""
        self._images[slot].assign(ends.image)
        self._baselines[slot].assign(ends.baseline)
        self._targets[slot], self._foils[slot] = ends.target, ends.foil

    def __call__(self, slots: Ints, alphas: Floats) -> tuple[Floats, Floats]:
        """Evaluate n points x′ + α(x − x′).

        Args:
            slots: (n,) which path.
            alphas: (n,) where on it, between 0 and 1.

        Returns:
            F (n,), and (x − x′)·∇F summed over channels (n, S, S).
        """
        values, maps = self._batch(slots, alphas, self._targets[slots], self._foils[slots])
        return values, maps

    @property
    def batch_size(self) -> int:
        """Points per batch; halved when memory runs out."""
        return self._batch.size

    @property
    def traces(self) -> int:
        """How many times a function was traced: once for each batch size."""
        return self._batch.traces

    @property
    def later_traces(self) -> int:
        """How many times a function was traced after the first batch."""
        return self._batch.later_traces

    def compute(self, slots: Any, alphas: Any, targets: Any, foils: Any) -> Any:
        """The function that is compiled: see ``__call__``; of tensors."""
        start = tf.gather(self._baselines, slots)
        direction = tf.gather(self._images, slots) - start
        place = start + alphas[:, None, None, None] * direction
        with tf.GradientTape() as tape:
            tape.watch(place)
            found = self._score.values(tf.cast(self._logits(place), tf.float32), targets, foils)
        return found, tf.reduce_sum(tape.gradient(found, place) * direction, axis=-1)
