"""Trains a classifier: epochs that can be stopped after any batch and resumed after any epoch.

A frozen backbone sees every image once: its pooled features are kept and the dense layer learns on these. That is
the same training, as neither the images (``baseline``) nor the features change from epoch to epoch.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

import keras
import numpy as np

from ml.batches import Labelled, batches, batches_of
from ml.checkpoint import Checkpoint, load_for_training, load_model, save_model, write_checkpoint
from ml.classifier import build_classifier, feature_layer_name
from ml.datasets import DatasetDescription, Example, describe, read
from ml.errors import MlError, TrainingDiverged
from ml.evaluation import EVALUATION_BATCH, evaluate, predictor
from ml.example import slice_of
from ml.learner import Learner, compile_for_training, learner_for
from ml.progress import BatchProgress, EpochMetrics, OnBatch, Phase, Reporter
from ml.randomness import shuffled

__all__ = [
    "BatchProgress",
    "Checkpoint",
    "EpochMetrics",
    "TrainingOptions",
    "TrainingResult",
    "load_model",
    "save_model",
    "train",
]

OnEpoch = Callable[[Checkpoint], None]


@dataclass(frozen=True)
class TrainingOptions:
    """What to train on, what to train, and how.

    Attributes:
        weights: ``imagenet`` (frozen backbone) or ``none`` (everything learns).
        image_size: side of the model's input in pixels.
        pipeline: ``baseline`` or ``augmented``.
        seed: of initial weights, order, dropout and augmentation.
        data_dir: where TFDS keeps its data.
        weights_dir: folder that may hold published weight files.
    """

    dataset: str
    train_split: str
    validation_split: str
    test_split: str
    backbone: str
    weights: Literal["imagenet", "none"]
    image_size: int
    pipeline: Literal["baseline", "augmented"]
    epochs: int
    batch_size: int
    learning_rate: float
    optimizer: Literal["adam"] = "adam"
    seed: int = 0
    data_dir: str | None = None
    weights_dir: str | None = None


@dataclass(frozen=True, eq=False)
class TrainingResult:
    """A trained model and what is known of it.

    Attributes:
        model: as it lies in the last checkpoint; raw RGB 0..255 in, logits out.
        feature_layer: the last spatial activation, which GradCAM explains by default.
        skipped: image id and reason for each image that could not be used, in any split.
    """

    model: keras.Model
    history: tuple[EpochMetrics, ...]
    test_accuracy: float
    test_loss: float
    train_images: int
    validation_images: int
    test_images: int
    class_names: tuple[str, ...]
    feature_layer: str
    skipped: tuple[tuple[str, str], ...]


def train(
    options: TrainingOptions,
    *,
    directory: Path,
    resume: Checkpoint | None = None,
    on_epoch: OnEpoch,
    on_batch: OnBatch,
) -> TrainingResult:
    """Train, validate after each epoch, test once at the end.

    Args:
        options: what to do.
        directory: where the ``epoch-NNNN.keras`` files go; of those written here the newest two are kept.
        resume: the checkpoint to go on from; the result is that of a training that never stopped.
        on_epoch: told of each checkpoint once it is written.
        on_batch: told of every batch, also while data are read, validated and tested on. It may raise anything
            to stop the training.

    Raises:
        UnknownName: no such data set, split, backbone, weights, pipeline or optimiser.
        DatasetUnavailable: the data set is neither on disk nor to be downloaded.
        WeightsUnavailable: nor are the weights.
        TrainingDiverged: the loss is not a number.
        MlError: no usable images, fewer than a batch, or an unreadable checkpoint.
    """
    return _Training(options, on_batch).run(directory, resume, on_epoch)


@dataclass(eq=False)
class _Training:
    """One run: what was asked for, who is told, and the images that had to be left out."""

    options: TrainingOptions
    on_batch: OnBatch
    skipped: list[tuple[str, str]] = field(default_factory=list)

    def run(self, directory: Path, resume: Checkpoint | None, on_epoch: OnEpoch) -> TrainingResult:
        description = _describe(self.options)
        model = load_for_training(resume.model_path) if resume else _new_model(self.options, description)
        learner = learner_for(model, pipeline=self.options.pipeline)
        training = self._keep(description, self.options.train_split, learner)
        _require_a_batch(len(training), self.options)
        validation = self._keep(description, self.options.validation_split, learner)
        last, written = resume, list[Path]()
        for epoch in range(len(resume.history) + 1 if resume else 1, self.options.epochs + 1):
            metrics = self._epoch(epoch, learner, training, validation)
            last = write_checkpoint(model, directory, (*(last.history if last else ()), metrics))
            on_epoch(last)
            _keep_two(written, last.model_path)
        if last is None:
            raise MlError(f"epochs is {self.options.epochs}: train for 1 or more")
        return self._tested(last, description, len(training), len(validation))

    def _keep(self, description: DatasetDescription, split: str, learner: Learner) -> Labelled:
        count = description.splits[split]
        data = learner.keep(self._usable(split, "loading", count), count, image_size=self.options.image_size)
        if not len(data):
            raise MlError(f"data set {self.options.dataset!r}: there is not one usable image in split {split!r}")
        return data

    def _usable(self, split: str, phase: Phase, count: int) -> Iterator[Example]:
        """Read a split and note down what cannot be used."""
        reporter = self._reporter(phase, count, epoch=self.options.epochs if phase == "testing" else 0)
        for example in reporter.watch(read(self.options.dataset, split, data_dir=self.options.data_dir)):
            error = example.error or ("it has no label" if example.label is None else None)
            if error:
                self.skipped.append((example.image_id, error))
            else:
                yield example

    def _epoch(self, epoch: int, learner: Learner, training: Labelled, validation: Labelled) -> EpochMetrics:
        started_at = time.monotonic()
        loss, accuracy = self._learn(epoch, learner, training)
        steps = math.ceil(len(validation) / EVALUATION_BATCH)
        reporter = self._reporter("validating", steps, epoch=epoch)

        def tell(images: int) -> None:
            reporter.tell(math.ceil(images / EVALUATION_BATCH), images, loss=loss, accuracy=accuracy)

        validated = evaluate(learner.predict, batches(validation, EVALUATION_BATCH), on_batch=tell)
        _require_finite(validated.loss, "validation loss", epoch)
        seconds = time.monotonic() - started_at
        return EpochMetrics(epoch, loss, accuracy, validated.loss, validated.accuracy, seconds)

    def _learn(self, epoch: int, learner: Learner, training: Labelled) -> tuple[float, float]:
        """One pass over the training images; the mean loss and accuracy of its batches."""
        size, seed = self.options.batch_size, self.options.seed
        reporter = self._reporter("training", math.ceil(len(training) / size), epoch=epoch)
        learner.start_epoch(seed=seed, epoch=epoch)
        order = shuffled(len(training), seed=seed, epoch=epoch)
        sums, images = np.zeros(2), 0
        for step, batch in enumerate(batches(training, size, order=order), start=1):
            metrics = learner.learn(batch)
            _require_finite(metrics[0], f"loss of batch {step}", epoch)
            sums, images = sums + np.multiply(metrics, batch.images), images + batch.images
            reporter.tell(step, images, loss=float(sums[0] / images), accuracy=float(sums[1] / images))
        return float(sums[0] / images), float(sums[1] / images)

    def _tested(
        self, last: Checkpoint, description: DatasetDescription, train_images: int, validation_images: int
    ) -> TrainingResult:
        """Test the model as it was written to disk."""
        model, split = load_model(last.model_path), self.options.test_split
        examples = self._usable(split, "testing", description.splits[split])
        stream = batches_of(examples, EVALUATION_BATCH, image_size=self.options.image_size)
        tested = evaluate(predictor(model), stream)
        return TrainingResult(
            model=model,
            history=last.history,
            test_accuracy=tested.accuracy,
            test_loss=tested.loss,
            train_images=train_images,
            validation_images=validation_images,
            test_images=tested.images,
            class_names=description.class_names,
            feature_layer=feature_layer_name(self.options.backbone),
            skipped=tuple(self.skipped),
        )

    def _reporter(self, phase: Phase, steps: int, *, epoch: int) -> Reporter:
        return Reporter(self.on_batch, phase, steps, self.options.epochs, epoch)


def _describe(options: TrainingOptions) -> DatasetDescription:
    description = describe(options.dataset, data_dir=options.data_dir)
    for split in (options.train_split, options.validation_split, options.test_split):
        slice_of(description, split, 0, None)
    return description


def _new_model(options: TrainingOptions, description: DatasetDescription) -> keras.Model:
    model = build_classifier(
        options.backbone,
        num_classes=len(description.class_names),
        image_size=options.image_size,
        weights=options.weights,
        weights_dir=options.weights_dir,
        seed=options.seed,
    )
    compile_for_training(model, optimizer=options.optimizer, learning_rate=options.learning_rate)
    return model


def _require_a_batch(images: int, options: TrainingOptions) -> None:
    if images < options.batch_size:
        raise MlError(
            f"batch_size {options.batch_size} is more than the {images} usable images of split "
            f"{options.train_split!r}: choose a smaller batch_size"
        )


def _require_finite(loss: float, what: str, epoch: int) -> None:
    if not math.isfinite(loss):
        raise TrainingDiverged(f"the {what} in epoch {epoch} is {loss}: choose a smaller learning_rate")


def _keep_two(written: list[Path], newest: Path) -> None:
    """Checkpoints add up: drop those that the two newest have replaced."""
    written.append(newest)
    while len(written) > 2:
        written.pop(0).unlink(missing_ok=True)
