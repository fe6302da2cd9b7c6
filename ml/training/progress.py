"""Reports the progress of a training, often enough that it can be stopped within a second or two."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Literal, TypeVar

Activity = Literal["loading", "features", "training", "validating", "averaging", "calibrating", "testing"]
PhaseName = Literal["head", "scratch", "fine_tune"]
Read = TypeVar("Read")
EXAMPLES_PER_REPORT = 16


@dataclass(frozen=True)
class EpochMetrics:
    """The metrics of one epoch; losses are mean cross-entropies in nats.

    Attributes:
        epoch: counts from 1, through all phases.
        loss: of the training images, with augmentation, mixing and label smoothing.
        validation_loss, validation_accuracy: None without a validation split.
        learning_rate: of the last step.
    """

    epoch: int
    loss: float
    accuracy: float
    validation_loss: float | None
    validation_accuracy: float | None
    seconds: float
    phase: PhaseName = "head"
    learning_rate: float | None = None


@dataclass(frozen=True)
class BatchProgress:
    """The progress of a training.

    Attributes:
        epoch: the current one, counted from 1 through all phases; 0 before the first, the last one while testing.
        epochs: in all phases.
        step: steps of this activity that are done: batches of an epoch, or images that were read or processed.
        steps: in total of this activity.
        loss: mean so far in this epoch; None where there is none yet.
        accuracy: mean so far in this epoch; None where there is none yet.
        images_per_s: mean of this activity.
        eta_s: until this activity is done, in seconds.
        phase: what is trained.
        activity: ``loading``, ``features``, ``training``, ``validating``, ``averaging``, ``calibrating`` or
            ``testing``.
    """

    epoch: int
    epochs: int
    step: int
    steps: int
    loss: float | None
    accuracy: float | None
    images_per_s: float
    eta_s: float | None
    phase: PhaseName
    activity: Activity


OnBatch = Callable[[BatchProgress], None]


@dataclass
class Reporter:
    """Reports the progress of one activity to ``on_batch``, which may raise to stop the training."""

    on_batch: OnBatch
    activity: Activity
    steps: int
    epochs: int
    epoch: int = 0
    phase: PhaseName = "head"
    _started_at: float = field(default_factory=time.monotonic)

    def report(self, step: int, images: int, *, loss: float | None = None, accuracy: float | None = None) -> None:
        """Report how many steps and images of this activity are done."""
        elapsed_s = max(time.monotonic() - self._started_at, 1e-9)
        eta_s = elapsed_s / step * (self.steps - step) if step else None
        rate = images / elapsed_s
        progress = (self.epoch, self.epochs, step, self.steps, loss, accuracy, rate, eta_s, self.phase, self.activity)
        self.on_batch(BatchProgress(*progress))

    def watch(self, examples: Iterator[Read]) -> Iterator[Read]:
        """Yield what is read, example by example, and report before the first and after every few of them."""
        self.report(0, 0)
        for count, example in enumerate(examples, start=1):
            yield example
            if count % EXAMPLES_PER_REPORT == 0 or count == self.steps:
                self.report(count, count)
