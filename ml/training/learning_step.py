"""Computes one training step: the loss, its gradient, the optimisers' update and the moving average of the weights."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from ml.training.optimizers import Group


def cross_entropy(logits: Any, labels: Any, partners: Any, shares: Any, *, smoothing: float) -> Any:
    """Cross-entropy in nats, (B,) float32, of labels with ``shares`` of one class and the rest of another.

    Args:
        logits: (B, classes) of any float type.
        labels: (B,) int32.
        partners: (B,) int32.
        shares: (B,) float32.
        smoothing: share of each label that is spread evenly over all classes (Szegedy et al. 2016, section 7).
    """
    log_probabilities = tf.nn.log_softmax(tf.cast(logits, tf.float32))
    own = tf.gather(log_probabilities, labels, axis=1, batch_dims=1)
    other = tf.gather(log_probabilities, partners, axis=1, batch_dims=1)
    hit = shares * own + (1 - shares) * other
    return -(1 - smoothing) * hit - smoothing * tf.reduce_mean(log_probabilities, axis=1)


def hits(logits: Any, labels: Any, partners: Any, shares: Any) -> Any:
    """The share of each mixed label that belongs to the predicted class, (B,) float32."""
    top = tf.argmax(logits, axis=1, output_type=tf.int32)
    return shares * tf.cast(top == labels, tf.float32) + (1 - shares) * tf.cast(top == partners, tf.float32)


def class_weights(labels: NDArray[np.int32], classes: int, kind: str) -> NDArray[np.float32]:
    """The weight of an image of each class, (classes,): 1, or with ``balanced`` equal total weights of all classes."""
    if kind == "none":
        return np.ones(classes, np.float32)
    counts = np.bincount(labels, minlength=classes)
    present = np.count_nonzero(counts)
    return np.where(counts > 0, len(labels) / (present * np.maximum(counts, 1)), 0).astype(np.float32)


class LearningBatch(NamedTuple):
    """A batch as tensors, B images long.

    Attributes:
        inputs: (B, ...) float32.
        labels: (B,) int32.
        partners: (B,) int32, the class of the other image that was mixed in.
        shares: (B,) float32, how much of the image is of class ``labels``.
        counts: (B,) float32, 1 for an image and 0 for padding.
        weights: (B,) float32, of the images in the loss; they sum to 1 over the batch.
    """

    inputs: Any
    labels: Any
    partners: Any
    shares: Any
    counts: Any
    weights: Any


def _strategy_in_use() -> Any:
    return tf.distribute.get_strategy()


@dataclass(eq=False)
class LearningStep:
    """Updates a network's variables; all in TensorFlow, so that it can be compiled as part of a larger function.

    Attributes:
        network: maps inputs to logits.
        groups: the optimisers with their variables.
        smoothing: of the labels.
        ema_decay: of the average; 0: there is none.
        strategy: runs the step on each of its devices.
        called: a network with the variables of this one that takes its place in the step; None: it does itself.
        teacher: a network like this one, whose trainable variables become the average; what it says of a batch is
            learnt; None: nobody.
        distillation: share of the loss that compares with the teacher, and not with the labels.
        average: the averaged trainable variables, in the network's order; empty without an average.
    """

    network: Any
    groups: tuple[Group, ...]
    smoothing: float = 0.0
    ema_decay: float = 0.0
    strategy: Any = field(default_factory=_strategy_in_use)
    called: Any = None
    teacher: Any = None
    distillation: float = 0.0
    average: list[Any] = field(default_factory=list)

    def __post_init__(self) -> None:
        if self.teacher is not None:
            self.average = list(self.teacher.trainable_variables)
        elif self.ema_decay:
            variables = self.network.trainable_variables
            self.average = [tf.Variable(variable.numpy(), trainable=False) for variable in variables]

    def __call__(self, batch: LearningBatch) -> Any:
        """Take one step; return (2,) float32: the batch's loss, and how many images were predicted correctly."""
        summed = self.strategy.reduce(
            tf.distribute.ReduceOp.SUM, self.strategy.run(self._on_one_device, args=(batch,)), axis=None
        )
        self._update_average()
        return summed

    def state(self) -> list[Any]:
        """The optimisers' variables."""
        return [variable for group in self.groups for variable in group.optimizer.variables]

    def learning_rate(self) -> float:
        """The learning rate of the first group at the last step."""
        return self.groups[0].last_rate()

    def restart_average(self) -> None:
        """Restart the average at the current weights."""
        for averaged, variable in zip(self.average, self.network.trainable_variables, strict=False):
            averaged.assign(variable.numpy())

    def _on_one_device(self, batch: LearningBatch) -> Any:
        with tf.GradientTape() as tape:
            called = self.network if self.called is None else self.called
            logits = called(batch.inputs, training=True)
            losses = cross_entropy(logits, batch.labels, batch.partners, batch.shares, smoothing=self.smoothing)
            if self.teacher is not None:
                losses = (1 - self.distillation) * losses + self.distillation * self._against_teacher(logits, batch)
            loss = tf.reduce_sum(losses * batch.weights)
        gradients = tape.gradient(loss, [group.variables for group in self.groups])
        for group, moves in zip(self.groups, gradients, strict=True):
            group.optimizer.apply(list(moves), list(group.variables))
        right = tf.reduce_sum(hits(logits, batch.labels, batch.partners, batch.shares) * batch.counts)
        return tf.stack([loss, right])

    def _against_teacher(self, logits: Any, batch: LearningBatch) -> Any:
        """Cross-entropy of the teacher's probabilities, (B,) float32; the teacher sees the same images."""
        taught = tf.stop_gradient(tf.nn.softmax(tf.cast(self.teacher(batch.inputs, training=False), tf.float32)))
        return -tf.reduce_sum(taught * tf.nn.log_softmax(tf.cast(logits, tf.float32)), axis=1)

    def _update_average(self) -> None:
        """Update the average; the decay is smaller in the first steps, to forget the initial weights soon."""
        if not self.average:
            return
        steps = tf.cast(self.groups[0].optimizer.iterations, tf.float32)
        decay = tf.minimum(self.ema_decay, (1 + steps) / (10 + steps))
        for averaged, variable in zip(self.average, self.network.trainable_variables, strict=True):
            averaged.assign_sub((1 - decay) * (averaged - tf.convert_to_tensor(variable)))
