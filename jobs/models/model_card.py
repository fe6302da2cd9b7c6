"""Defines the model card (Mitchell et al. 2019) of a trained model."""

from __future__ import annotations

from datetime import datetime

from jobs.models.environment import Environment
from jobs.models.model import PublishedModel
from jobs.specs.train_spec import TrainSpec
from jobs.value import Document, Value


class RepeatedRun(Value):
    """The training, with a validation split, whose epochs a refit repeats on more images.

    Attributes:
        stop_after: epochs of each phase, by its name.
        temperature: that was fitted there, and divides the logits here.
        averaged: of how many of the last epochs the mean was published there, and is here; 0: a single epoch was.
        validation_accuracy: of what it published, on ``validation_images``, from which the refit has learnt since.
    """

    job_id: str
    stop_after: dict[str, int]
    temperature: float | None
    validation_accuracy: float | None
    validation_images: int | None
    averaged: int = 0


class OutOfSample(Value):
    """How well training images are predicted by networks that did not learn from them; ``images`` is n."""

    folds: int
    images: int
    accuracy: float
    interval_95: tuple[float, float]


class ModelCard(Document):
    """A trained model with its specification, data, results and environment.

    Attributes:
        model: the published model, its history of epochs included.
        preprocessing: the input that the model expects, and the preprocessing inside the model.
        started_at, finished_at: of the attempt that made it, not of earlier, interrupted ones.
        wall_time_s: from the plan of the job to the end of its training, interruptions included.
        skipped: images that could not be used, with the reason.
        environment, arithmetic: None where the training did not record them.
        refit: of a training that repeats another one on more images.
        out_of_sample: of a training with folds.
    """

    model: PublishedModel
    spec: TrainSpec
    sweep_id: str | None
    preprocessing: str
    started_at: datetime
    finished_at: datetime
    wall_time_s: float
    skipped: tuple[tuple[str, str], ...] = ()
    environment: Environment | None = None
    arithmetic: str | None = None
    refit: RepeatedRun | None = None
    out_of_sample: OutOfSample | None = None


def preprocessing(model: PublishedModel) -> str:
    """A description of the model's input and output."""
    side = model.image_size
    return (
        f"Input: upright RGB images of {side} by {side} pixels, values 0 to 255 (N, {side}, {side}, 3): the short side "
        f"scaled to {side} pixels (bilinear, with antialiasing), the centre cut out. "
        f"The normalisation that {model.backbone} expects is part of the model. "
        f"Output: one logit per class (N, {len(model.class_names)}), in the order of class_names."
    )
