"""Trains a network from images: all of it from scratch, or its last layers after the head was trained."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from ml.data.batches import LabelledArrays, batches
from ml.errors import TrainingDiverged
from ml.evaluation.accuracy import EVALUATION_BATCH, Evaluation, evaluate, predict_function
from ml.models.classifier import LOGITS
from ml.models.layer_graph import tail_of
from ml.training.checkpoint import TrainingState, assign
from ml.training.classifier_of import classifier_for
from ml.training.head_phase import OnStep
from ml.training.learning_layers import backbone_layers, set_trainable
from ml.training.learning_step import LearningBatch, LearningStep
from ml.training.optimizers import Group, groups_of, quarters
from ml.training.options import FineTuneOptions, TrainingOptions
from ml.training.precision import Arithmetic, fastest_arithmetic
from ml.training.progress import PhaseName
from ml.training.randomness import reseed, shuffled
from ml.training.stochastic_depth import stochastic_depth


class Pipeline(Protocol):
    """Batches of ``ml.training.learning_step.LearningBatch``: see ``ml.training.input_pipeline``."""

    def batches(self, order: NDArray[np.int64], batch_size: int, *, seed: Sequence[int], multiple_of: int = 1) -> Any:
        """An epoch's batches."""
        ...


@dataclass(frozen=True, eq=False)
class Splits:
    """The training and validation splits, in memory; ``validation`` is None where there is none.

    Attributes:
        layer_index: the layer of the network whose outputs they hold; None: they hold images.
    """

    training: Pipeline
    validation: LabelledArrays | None
    images: int
    layer_index: int | None = None


class ImagePhase:
    """Trains a classifier on images of ``view_size``, or its last layers on features of them.

    A second network of ``image_size``, with the same weights, is validated and published.
    """

    def __init__(
        self,
        options: TrainingOptions,
        name: PhaseName,
        splits: Splits,
        *,
        num_classes: int,
        start: TrainingState | None,
        arithmetic: Arithmetic | None = None,
    ) -> None:
        """Build the network.

        Args:
            options: of the training.
            name: the phase: what is trained.
            splits: training and validation data.
            num_classes: logits per image.
            start: the trained head to start with; None for initial weights.
            arithmetic: the precision of a resumed training; None: choose one.
        """
        self.options, self.name, self.splits = options, name, splits
        self.settings = options.fine_tune if name == "fine_tune" else options.optimizer
        self.epochs = options.fine_tune.epochs if name == "fine_tune" else options.epochs
        self.strategy = strategy_of(options.devices)
        self.steps = -(-splits.images // options.batch_size)
        self.published = classifier_for(options, num_classes, image_size=options.image_size, weights="none")
        self._predict = predict_function(self._behind_features(self.published))
        self.arithmetic = arithmetic or self._choose(num_classes)
        self._build(self.arithmetic, num_classes)
        if start is not None:
            assign(self._network.get_layer(LOGITS).trainable_variables, start.model, what="head")
        self._step.restart_average()

    def learn(self, epoch: int, on_step: OnStep) -> tuple[float, float]:
        """One pass over the images; the mean loss and accuracy of its batches.

        Raises:
            TrainingDiverged: the loss is not a number.
        """
        options, count = self.options, self.splits.images
        reseed(self._network, seed=options.seed, epoch=epoch)
        if self._depth is not None:
            self._depth.reseed(seed=options.seed, epoch=epoch)
        order = shuffled(count, seed=options.seed, epoch=epoch)
        sums, images = np.zeros(2), 0
        for step, batch in enumerate(self._batches(order, (options.seed, epoch)), start=1):
            loss, right = np.asarray(self.take_step(batch))
            if not np.isfinite(loss):
                raise TrainingDiverged(
                    f"the loss of batch {step} in epoch {epoch} is {loss}: choose a smaller "
                    "learning_rate, or a longer warm-up"
                )
            size = min(options.batch_size, count - images)
            sums, images = sums + np.array([loss * size, right]), images + size
            on_step(step, images, float(sums[0] / images), float(sums[1] / images))
        return float(sums[0] / count), float(sums[1] / count)

    def evaluate(self, on_batch: Callable[[int], None]) -> Evaluation | None:
        """Evaluate the weights that would be published on the validation images; None where there are none."""
        self._publish()
        if self.splits.validation is None:
            return None
        return evaluate(self._predict, batches(self.splits.validation, EVALUATION_BATCH), on_batch=on_batch)

    def learning_rate(self) -> float:
        """The learning rate of the last step, of the head."""
        return self._step.learning_rate()

    def state(self, epoch: int) -> TrainingState:
        """Everything that training has changed; call it after ``evaluate``."""
        raw = self._learner.trainable_variables if self._step.average else ()
        return TrainingState(
            self.name,
            epoch,
            tuple(self.published.get_weights()),
            tuple(variable.numpy() for variable in raw),
            tuple(variable.numpy() for variable in self._step.state()),
            self.arithmetic,
        )

    def restore(self, state: TrainingState) -> None:
        """Resume from a state.

        Raises:
            UnreadableCheckpoint: it is not one of this phase.
        """
        assign(self._network.weights, state.model, what="weights")
        self._step.restart_average()
        if self._step.average:
            assign(self._learner.trainable_variables, state.raw, what="learning weights")
        assign(self._step.state(), state.optimizer, what="optimizer variables")

    def take_step(self, batch: LearningBatch) -> Any:
        """Train on one batch; return (2,) float32: its loss, and how many images were predicted correctly."""
        return self._compiled(batch)

    def _batches(self, order: Any, seed: Sequence[int]) -> Any:
        devices = self.strategy.num_replicas_in_sync
        size = self.options.batch_size
        data = self.splits.training.batches(order, size, seed=seed, multiple_of=devices)
        return self.strategy.experimental_distribute_dataset(data) if devices > 1 else data

    def _build(self, chosen: Arithmetic, num_classes: int) -> None:
        options = self.options
        with self.strategy.scope(), chosen.policy():
            self._network = self._learning_network(num_classes, weights=options.weights)
            self._learner = self._behind_features(self._network)
            tuning = options.fine_tune if self.name == "fine_tune" else FineTuneOptions()
            self._depth = stochastic_depth(self._network, self._learner, tuning)
            groups = groups_of(self.settings, self._parts(), epochs=self.epochs, steps_per_epoch=self.steps)
            self._step = self._learning_step(groups, num_classes)
        self._compiled = tf.function(self._step, autograph=False, jit_compile=chosen.xla)

    def _learning_network(self, num_classes: int, *, weights: str) -> Any:
        """A network for the training views, with the layers trainable that this phase trains."""
        options, tuning = self.options, self.name == "fine_tune"
        dropout = options.fine_tune.dropout if tuning else None
        network = classifier_for(options, num_classes, image_size=options.view_size, weights=weights, dropout=dropout)
        if tuning:
            set_trainable(network, options.fine_tune.layers)
        return network

    def _learning_step(self, groups: tuple[Group, ...], num_classes: int) -> LearningStep:
        options = self.options
        learning = (self._learner, groups, options.label_smoothing, options.ema_decay, self.strategy)
        called = self._depth.network if self._depth else None
        if self.name != "fine_tune" or not options.fine_tune.distillation:
            return LearningStep(*learning, called=called)
        teacher = self._learning_network(num_classes, weights="none")
        teacher.set_weights(self._network.get_weights())
        return LearningStep(
            *learning,
            called=called,
            teacher=self._behind_features(teacher),
            distillation=options.fine_tune.distillation,
        )

    def _behind_features(self, network: Any) -> Any:
        """The part of a network that takes the inputs of the splits."""
        return network if self.splits.layer_index is None else tail_of(network, self.splits.layer_index)

    def _parts(self) -> list[tuple[Sequence[Any], float]]:
        factor = self.options.fine_tune.discriminative
        if self.name != "fine_tune" or factor == 1:
            return [(self._network.trainable_variables, 1.0)]
        head = self._network.get_layer(LOGITS).trainable_variables
        return [(head, 1.0), *quarters(backbone_layers(self._network), factor)]

    def _publish(self) -> None:
        """Copy the weights to the published network, averaged ones where there is an average."""
        self.published.set_weights(self._network.get_weights())
        copies = {id(one): other for one, other in zip(self._network.weights, self.published.weights, strict=True)}
        for variable, averaged in zip(self._learner.trainable_variables, self._step.average, strict=False):
            copies[id(variable)].assign(averaged.numpy())

    def _choose(self, num_classes: int) -> Arithmetic:
        """The requested precision, or with ``auto`` the one in which a step is fastest."""

        def step_with(candidate: Arithmetic) -> Callable[[], object]:
            self._build(candidate, num_classes)
            batch = next(iter(self._batches(np.arange(self.splits.images), (0, 0))))
            return lambda: np.asarray(self._compiled(batch))

        return fastest_arithmetic(self.options.precision, step_with)


def strategy_of(devices: int | str) -> Any:
    """The strategy for one device, or for all devices of this machine, each with its part of every batch."""
    if devices == 1:
        return tf.distribute.get_strategy()
    names = [device.name for device in tf.config.list_logical_devices("GPU") or tf.config.list_logical_devices("CPU")]
    return tf.distribute.MirroredStrategy(names)
