"""Defines a published model: an immutable checkpoint and everything that is needed to use it."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from jobs.models.artifact import Artifact
from jobs.names.project_name import DEFAULT_PROJECT
from jobs.value import Document, Value


class EpochMetrics(Value):
    """The metrics of one epoch. ``epoch`` counts from 1, through all phases."""

    epoch: int
    loss: float | None
    accuracy: float | None
    validation_loss: float | None
    validation_accuracy: float | None
    seconds: float
    phase: str = "head"
    learning_rate: float | None = None


class CalibrationError(Value):
    """An expected calibration error, and what to hold it against.

    Attributes:
        interval_95: its 95 % interval, by the bootstrap.
        perfect: what a perfectly calibrated model would get for the same confidences, on average.
        perfect_p95: what it would exceed in one of twenty such sets of images.
        images: n.
    """

    error: float
    interval_95: tuple[float, float]
    perfect: float
    perfect_p95: float
    images: int


class Calibration(Value):
    """The temperature, and the expected calibration error before and after, on the validation images.

    ``before`` and ``after`` tell more of the errors; models that 0.1.0 published have none.
    """

    temperature: float
    error_before: float
    error_after: float
    before: CalibrationError | None = None
    after: CalibrationError | None = None


class EpochMean(Value):
    """The mean of the weights after the last epochs: of those that were tried, the best on the validation images.

    Attributes:
        epochs: whose weights are averaged.
        tried: how many means were compared.
        published: whether it is the model; otherwise the best epoch is.
    """

    epochs: tuple[int, ...]
    validation_loss: float | None
    validation_accuracy: float | None
    tried: int
    published: bool

    @property
    def in_words(self) -> str:
        """Which mean it is."""
        return f"the mean of epochs {self.epochs[0]} to {self.epochs[-1]}"


class PublishedModel(Document):
    """A model that explanations can use by its ``id``.

    Fields that only a training can fill are None for an imported model.

    Attributes:
        job_id: the job that made it; of a sweep's model, the best trial.
        project: the people of which see it.
        submitter: of its job.
        checkpoint: a ``.keras`` file, a flat graph from raw RGB (N, height, width, 3), 0..255, to logits (N, classes).
        image_size: height of the images that it takes, in pixels; the width as well, unless ``image_width`` says.
        image_width: None for square images.
        channels: of the original's input: 1 grey, 3 RGB, 4 RGB and alpha; the checkpoint takes RGB.
        feature_layer: the layer that GradCAM uses by default; None where there is none between pixels and logits.
        preprocessing: of an imported model's original input; it is part of the checkpoint's graph.
        source: the file that was imported.
        calibration: None where the specification leaves it out; ``test_loss`` is that of the calibrated model.
        files: model card and learning curves.
        best_epoch: the best single epoch.
        mean: None where no mean of epochs was made, as by releases before it could be.
    """

    id: str
    name: str | None
    job_id: str
    created_at: datetime
    project: str = DEFAULT_PROJECT
    submitter: str = ""
    origin: Literal["trained", "imported"] = "trained"
    checkpoint: Artifact
    image_size: int
    image_width: int | None = None
    channels: int = 3
    feature_layer: str | None
    class_names: tuple[str, ...]
    preprocessing: str | None = None
    source: Artifact | None = None
    backbone: str | None = None
    weights: str | None = None
    dataset: str | None = None
    train_images: int | None = None
    validation_images: int | None = None
    test_images: int | None = None
    test_accuracy: float | None = None
    test_loss: float | None = None
    calibration: Calibration | None = None
    history: tuple[EpochMetrics, ...] = ()
    files: tuple[Artifact, ...] = ()
    best_epoch: int | None = None
    mean: EpochMean | None = None

    @property
    def height_and_width(self) -> tuple[int, int]:
        """Of the images that it takes, in pixels."""
        return self.image_size, self.image_width or self.image_size

    @property
    def best(self) -> EpochMetrics | None:
        """The best single epoch; None for an imported model."""
        return self.history[self.best_epoch - 1] if self.best_epoch is not None and self.history else None

    @property
    def published(self) -> EpochMetrics | None:
        """The epoch whose weights are published, the last one of a mean; None for an imported model."""
        return self.history[self.mean.epochs[-1] - 1] if self.mean and self.mean.published else self.best

    @property
    def published_epochs(self) -> tuple[int, ...]:
        """The epoch whose weights are published, or all whose mean they are; none of an imported model."""
        if self.mean and self.mean.published:
            return self.mean.epochs
        return () if self.best_epoch is None else (self.best_epoch,)

    @property
    def validation_accuracy(self) -> float | None:
        """Of what is published; None where it was not measured."""
        return self._measured.validation_accuracy if self._measured else None

    @property
    def validation_loss(self) -> float | None:
        """Of what is published; None where it was not measured."""
        return self._measured.validation_loss if self._measured else None

    @property
    def _measured(self) -> EpochMean | EpochMetrics | None:
        return self.mean if self.mean and self.mean.published else self.best
