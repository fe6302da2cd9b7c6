"""Makes the batches of training steps: from images, augmented and mixed in other threads, or from features."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any
from weakref import proxy

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from ml.data.batches import LabelledArrays
from ml.training.augmentation.mixing import Mixing, mix
from ml.training.augmentation.random_augmentation import RandomAugmentation
from ml.training.feature_cache import Features
from ml.training.learning_step import LearningBatch
from ml.training.randomness import seed_of

THREADS = 2
AHEAD = 2
SMALLEST_SUM = 1e-9


class InputPipeline:
    """Makes batches of one shape from a split in memory; the last batch is padded with images of weight 0."""

    def __init__(
        self,
        data: LabelledArrays,
        *,
        augment: RandomAugmentation | None,
        mixing: Mixing,
        class_weights: NDArray[np.float32],
    ) -> None:
        self._augment = augment
        self._mixing = mixing
        with tf.device("CPU:0"):
            self._images = tf.constant(data.inputs)
            self._labels = tf.constant(data.labels)
            self._class_weights = tf.constant(class_weights)
        # Traced once, not in every epoch. It refers weakly to the pipeline: otherwise both would lie in a cycle, and
        # the images would stay in memory until the next collection of garbage.
        self._compiled = tf.function(partial(InputPipeline._batch, proxy(self)), autograph=False)

    def batches(self, order: NDArray[np.int64], batch_size: int, *, seed: Sequence[int], multiple_of: int = 1) -> Any:
        """A ``tf.data.Dataset`` of ``LearningBatch`` with the images in this order; all draws depend only on the seed.

        Args:
            order: indices of the images.
            batch_size: images in a batch.
            seed: of all draws.
            multiple_of: batches are padded to a multiple of this.
        """
        rows, counts = padded_to_multiple(*padded(order, batch_size), multiple_of=multiple_of)
        seeds = np.stack([seed_of(*seed, step) for step in range(len(rows))])
        steps = tf.data.Dataset.from_tensor_slices((rows, counts, seeds))
        return steps.map(self._compiled, num_parallel_calls=THREADS, deterministic=True).prefetch(AHEAD)

    def _batch(self, rows: Any, counts: Any, seed: Any) -> LearningBatch:
        with tf.device("CPU:0"):
            images, labels = tf.gather(self._images, rows), tf.gather(self._labels, rows)
            seeds = tf.random.split(seed, 2)
            images = tf.cast(images, tf.float32) if self._augment is None else self._augment(images, seeds[0])
            images, partners, shares = mix(images, labels, self._mixing, seed=seeds[1])
            weights = counts * mixed_weights(self._class_weights, labels, partners, shares)
            weights /= tf.maximum(tf.reduce_sum(weights), SMALLEST_SUM)
            return LearningBatch(images, labels, partners, shares, counts, weights)


def padded(order: NDArray[np.int64], batch_size: int) -> tuple[NDArray[np.int32], NDArray[np.float32]]:
    """Cut an order into (steps, B) rows, padded from its start, and (steps, B) counts, 0 for padding."""
    steps = -(-len(order) // batch_size)
    rows = np.resize(order, (steps, batch_size)).astype(np.int32)
    counts = (np.arange(steps * batch_size) < len(order)).astype(np.float32)
    return rows, counts.reshape(steps, batch_size)


def padded_to_multiple(
    rows: NDArray[np.int32], counts: NDArray[np.float32], *, multiple_of: int
) -> tuple[NDArray[np.int32], NDArray[np.float32]]:
    """Pad rows and counts (steps, B) to batches whose length is a multiple of a number; padding counts 0."""
    extra = ((0, 0), (0, -rows.shape[1] % multiple_of))
    return np.pad(rows, extra, mode="edge"), np.pad(counts, extra)


def mixed_weights(class_weights: Any, labels: Any, partners: Any, shares: Any) -> Any:
    """The weight of each mixed image, (B,): the weights of its two classes, by their shares."""
    return shares * tf.gather(class_weights, labels) + (1 - shares) * tf.gather(class_weights, partners)


class FeaturePipeline:
    """Makes batches from the features of ``images`` images in one or more views, concatenated view by view."""

    def __init__(self, features: Features, images: int, class_weights: NDArray[np.float32]) -> None:
        self._images = images
        self._views = len(features) // images
        labels, partners = tf.constant(features.labels), tf.constant(features.partners)
        shares = tf.constant(features.shares)
        weights = mixed_weights(tf.constant(class_weights), labels, partners, shares)
        inputs = tf.constant(features.values)
        self._data = LearningBatch(inputs, labels, partners, shares, tf.ones_like(shares), weights)
        self._compiled = tf.function(partial(FeaturePipeline.batch, proxy(self)), autograph=False)

    def rows(self, order: NDArray[np.int64], *, seed: int, epoch: int) -> NDArray[np.int64]:
        """The rows of an epoch, in this order: each image starts at a random view and takes the next in each epoch."""
        first = np.random.default_rng(seed).integers(self._views, size=self._images)
        view = (first[order] + epoch) % self._views
        found: NDArray[np.int64] = view * self._images + order
        return found

    def batches(self, order: NDArray[np.int64], batch_size: int, *, seed: Sequence[int], multiple_of: int = 1) -> Any:
        """Batches as of ``InputPipeline.batches``; ``seed`` is the training's seed and the epoch."""
        rows = self.rows(order, seed=seed[0], epoch=seed[1])
        steps = tf.data.Dataset.from_tensor_slices(
            padded_to_multiple(*padded(rows, batch_size), multiple_of=multiple_of)
        )
        return steps.map(self._compiled).prefetch(AHEAD)

    def batch(self, rows: Any, counts: Any) -> LearningBatch:
        """The rows as tensors; padding gets weight 0."""
        taken = LearningBatch(*(tf.gather(part, rows) for part in self._data))
        weights = taken.weights * counts
        weights /= tf.maximum(tf.reduce_sum(weights), SMALLEST_SUM)
        return taken._replace(counts=counts, weights=weights)
