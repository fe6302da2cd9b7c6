"""Feeds a training step from features that are in memory: another view of each image in every epoch."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from ml.feature_cache import Features
from ml.input_pipeline import AHEAD, SMALLEST_SUM, filled_up, mixed_weights, padded
from ml.learning_step import LearningBatch


class FeaturePipeline:
    """What a frozen part of a network sees in ``images`` images in one or more views, one view below the other."""

    def __init__(self, features: Features, images: int, class_weights: NDArray[np.float32]) -> None:
        self._images = images
        self._views = len(features) // images
        labels, partners = tf.constant(features.labels), tf.constant(features.partners)
        shares = tf.constant(features.shares)
        weights = mixed_weights(tf.constant(class_weights), labels, partners, shares)
        inputs = tf.constant(features.seen)
        self._data = LearningBatch(inputs, labels, partners, shares, tf.ones_like(shares), weights)

    def rows(self, order: NDArray[np.int64], *, seed: int, epoch: int) -> NDArray[np.int64]:
        """Where an epoch finds the images of an order: each starts at a view of its own, and goes on to the next."""
        first = np.random.default_rng(seed).integers(self._views, size=self._images)
        view = (first[order] + epoch) % self._views
        found: NDArray[np.int64] = view * self._images + order
        return found

    def batches(self, order: NDArray[np.int64], batch_size: int, *, seed: Sequence[int], multiple_of: int = 1) -> Any:
        """Batches as ``ml.input_pipeline`` makes them; the seed ends with the epoch."""
        rows = self.rows(order, seed=seed[0], epoch=seed[1])
        steps = tf.data.Dataset.from_tensor_slices(filled_up(*padded(rows, batch_size), multiple_of=multiple_of))
        return steps.map(self.batch).prefetch(AHEAD)

    def batch(self, rows: Any, counts: Any) -> LearningBatch:
        """The rows as tensors; what counts 0 weighs nothing."""
        taken = LearningBatch(*(tf.gather(part, rows) for part in self._data))
        weights = taken.weights * counts
        weights /= tf.maximum(tf.reduce_sum(weights), SMALLEST_SUM)
        return taken._replace(counts=counts, weights=weights)
