"""Trains the head on features in memory, in calls of one compiled function."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from ml.data.batches import LabelledArrays, batches
from ml.evaluation.accuracy import Evaluation, evaluate
from ml.models.classifier import build_head
from ml.training.checkpoint import TrainingState, assign
from ml.training.feature_cache import Features
from ml.training.input_pipeline import FeaturePipeline, padded
from ml.training.learning_step import LearningStep, class_weights
from ml.training.optimizers import groups_of
from ml.training.options import TrainingOptions
from ml.training.progress import PhaseName
from ml.training.randomness import reseed, shuffled

OnStep = Callable[[int, int, float, float], None]
EVALUATION_ROWS = 4096
STEPS_PER_CALL = 64
"""Steps per compiled call: few enough to report progress, and to be stopped, a few times a second."""


class HeadPhase:
    """Trains dropout and one dense layer of logits."""

    name: PhaseName = "head"

    def __init__(
        self,
        options: TrainingOptions,
        training: Features,
        validation: Features | None,
        *,
        images: int,
        num_classes: int,
    ) -> None:
        """Take features of ``images`` images in one or more views, concatenated view by view."""
        self.options = options
        self.epochs = options.epochs
        self.steps = -(-images // options.batch_size)
        self._images = images
        self._validation = validation
        channels = training.values.shape[1]
        self._head = build_head(channels, num_classes=num_classes, dropout=options.dropout, seed=options.seed)
        groups = groups_of(
            options.optimizer,
            [(self._head.trainable_variables, 1.0)],
            epochs=options.epochs,
            steps_per_epoch=self.steps,
        )
        self._step = LearningStep(self._head, groups, options.label_smoothing, options.ema_decay)
        weights = class_weights(training.labels[:images], num_classes, options.class_weights)
        self._pipeline = FeaturePipeline(training, images, weights)
        rows = (
            tf.TensorSpec((None, options.batch_size), tf.int32),
            tf.TensorSpec((None, options.batch_size), tf.float32),
        )
        self._learn = tf.function(self._learn_steps, input_signature=rows, autograph=False)

    def learn(self, epoch: int, on_step: OnStep) -> tuple[float, float]:
        """One pass over the images; the mean loss and accuracy of its batches."""
        options = self.options
        reseed(self._head, seed=options.seed, epoch=epoch)
        order = shuffled(self._images, seed=options.seed, epoch=epoch)
        rows, counts = padded(self._pipeline.rows(order, seed=options.seed, epoch=epoch), options.batch_size)
        sums, images = np.zeros(2), 0
        for step in range(0, self.steps, STEPS_PER_CALL):
            taken = slice(step, step + STEPS_PER_CALL)
            sums = sums + np.asarray(self._learn(rows[taken], counts[taken]))
            images += int(counts[taken].sum())
            on_step(step + len(rows[taken]), images, float(sums[0] / images), float(sums[1] / images))
        return float(sums[0] / images), float(sums[1] / images)

    def evaluate(self, on_batch: Callable[[int], None]) -> Evaluation | None:
        """Evaluate the weights that would be published on the validation images; None where there are none."""
        if self._validation is None:
            return None
        kernel, bias = self.weights()
        data = LabelledArrays(self._validation.values, self._validation.labels)
        return evaluate(lambda pooled: pooled @ kernel + bias, batches(data, EVALUATION_ROWS), on_batch=on_batch)

    def weights(self) -> tuple[NDArray[Any], ...]:
        """Kernel and bias, averaged if ``ema_decay`` is set."""
        source = self._step.average or self._head.trainable_variables
        return tuple(variable.numpy() for variable in source)

    def learning_rate(self) -> float:
        """The learning rate of the last step."""
        return self._step.learning_rate()

    def state(self, epoch: int) -> TrainingState:
        """Everything that training has changed."""
        raw = tuple(v.numpy() for v in self._head.trainable_variables) if self._step.average else ()
        optimizer = tuple(variable.numpy() for variable in self._step.state())
        return TrainingState(self.name, epoch, self.weights(), raw, optimizer)

    def restore(self, state: TrainingState) -> None:
        """Resume from a state.

        Raises:
            UnreadableCheckpoint: it is not one of this phase.
        """
        assign(self._head.trainable_variables, state.raw or state.model, what="weights")
        assign(self._step.average, state.model if self._step.average else (), what="averages")
        assign(self._step.state(), state.optimizer, what="optimizer variables")

    def _learn_steps(self, rows: Any, counts: Any) -> Any:
        """The sums of losses and of correct predictions, without padding."""

        def take(step: Any, sums: Any) -> tuple[Any, Any]:
            measured = self._step(self._pipeline.batch(rows[step], counts[step]))
            return step + 1, sums + measured * tf.stack([tf.reduce_sum(counts[step]), 1.0])

        steps = tf.shape(rows)[0]
        return tf.while_loop(lambda step, _: step < steps, take, (0, tf.zeros((2,))))[1]
