"""What learns: the whole network on images, or only its dense layer on the pooled features of a frozen backbone."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import keras
import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from ml.augmentation import AUGMENTED, BASELINE, Augmentation, RandomAugmentation
from ml.batches import Batch, Labelled, batches_of, in_memory
from ml.classifier import LOGITS, POOLING, is_frozen
from ml.errors import UnknownName
from ml.evaluation import EVALUATION_BATCH, Predict, predictor
from ml.example import Example
from ml.randomness import Seed, reseed, seed_of


@dataclass(frozen=True, eq=False)
class Learner:
    """A compiled network and how examples become its inputs.

    Attributes:
        network: maps inputs to logits; its variables and optimiser are those of the whole model.
        predict: the same in inference mode, (B, ...) float32 to (B, classes).
        pool: maps images to the inputs of ``network`` once and for all; None where these are the images.
        augment: varies a batch of images anew; None for the baseline.
        draws: seed, epoch and step of the next draw.
    """

    network: keras.Model
    predict: Predict
    pool: Predict | None = None
    augment: Callable[[NDArray[np.float32], Seed], Any] | None = None
    draws: list[int] = field(default_factory=list)

    def keep(self, examples: Iterator[Example], at_most: int, *, image_size: int) -> Labelled:
        """Read usable examples into memory as this network wants them."""
        if self.pool is None:
            return in_memory(examples, at_most, image_size=image_size)
        inputs, labels = [], []
        for batch in batches_of(examples, EVALUATION_BATCH, image_size=image_size):
            inputs.append(np.asarray(self.pool(batch.inputs))[: batch.images])
            labels.append(batch.labels[: batch.images])
        if not inputs:
            return Labelled(np.empty((0, 0), np.float32), np.empty(0, np.int32))
        return Labelled(np.concatenate(inputs), np.concatenate(labels))

    def start_epoch(self, *, seed: int, epoch: int) -> None:
        """Draw dropout and augmentation of this epoch from the seed and the epoch alone."""
        reseed(self.network, seed=seed, epoch=epoch)
        self.draws[:] = [seed, epoch, 0]

    def learn(self, batch: Batch) -> tuple[float, float]:
        """Take one step; return the batch's mean loss and accuracy before it."""
        self.draws[2] += 1
        inputs = batch.inputs if self.augment is None else self.augment(batch.inputs, seed_of(*self.draws))
        metrics = self.network.train_on_batch(x=inputs, y=batch.labels, sample_weight=batch.weights, return_dict=True)
        return float(metrics["loss"]), float(metrics["accuracy"])


def compile_for_training(model: keras.Model, *, optimizer: str, learning_rate: float) -> None:
    """Adam on the sparse categorical cross-entropy of the logits, each image weighted as its batch says.

    Raises:
        UnknownName: no such optimiser.
    """
    if optimizer != "adam":
        raise UnknownName(f"no optimizer {optimizer!r}: there is adam")
    _compile(model, keras.optimizers.Adam(learning_rate=learning_rate))


def learner_for(model: keras.Model, *, pipeline: str) -> Learner:
    """Choose what has to be computed each epoch: the dense layer alone where nothing below it changes.

    Raises:
        UnknownName: no such pipeline.
    """
    if pipeline not in (BASELINE, AUGMENTED):
        raise UnknownName(f"no pipeline {pipeline!r}: there are {BASELINE} and {AUGMENTED}")
    if pipeline == AUGMENTED:
        augmenter = RandomAugmentation(Augmentation(), model.input_shape[1])
        return Learner(model, predictor(model), augment=tf.function(augmenter, autograph=False))
    if not is_frozen(model):
        return Learner(model, predictor(model))
    head = _head(model)
    pool = predictor(keras.Model(model.input, model.get_layer(POOLING).output))
    return Learner(head, predictor(head), pool=pool)


def _head(model: keras.Model) -> keras.Model:
    """The layers after the pooling, shared with the model, as is the optimiser: what one learns, both know."""
    features = keras.Input(model.get_layer(POOLING).output.shape[1:], name="features")
    logits = model.get_layer(LOGITS)(model.get_layer("dropout")(features))
    head = keras.Model(features, logits, name="head")
    _compile(head, model.optimizer)
    return head


def _compile(model: keras.Model, optimizer: keras.optimizers.Optimizer) -> None:
    model.compile(
        optimizer=optimizer,
        loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True, reduction="mean_with_sample_weight"),
        weighted_metrics=[keras.metrics.SparseCategoricalAccuracy(name="accuracy")],
        jit_compile=False,
    )
