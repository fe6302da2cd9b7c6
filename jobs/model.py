"""A published model: an immutable checkpoint and all that is needed to use it."""

from __future__ import annotations

from datetime import datetime

from jobs.artifact import Artifact
from jobs.value import Value


class EpochMetrics(Value):
    """What one pass over the training split measured. ``epoch`` counts from 1, through all phases."""

    epoch: int
    loss: float | None
    accuracy: float | None
    validation_loss: float | None
    validation_accuracy: float | None
    seconds: float
    phase: str = "head"
    learning_rate: float | None = None


class PublishedModel(Value):
    """A model that explanations can name by ``id``.

    Attributes:
        job_id: the job that trained it; of a sweep's model, the best trial.
        files: what else there is to know of it: model card, learning curves.
    """

    id: str
    name: str | None
    job_id: str
    created_at: datetime
    checkpoint: Artifact
    backbone: str
    weights: str
    image_size: int
    feature_layer: str
    class_names: tuple[str, ...]
    dataset: str
    train_images: int
    validation_images: int
    test_images: int
    test_accuracy: float | None
    test_loss: float | None
    history: tuple[EpochMetrics, ...]
    files: tuple[Artifact, ...] = ()
    best_epoch: int | None = None
