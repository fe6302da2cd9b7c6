"""What a training tells while it runs, often enough that it can be stopped within a second or two."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Literal

from ml.example import Example

Phase = Literal["loading", "training", "validating", "testing"]
EXAMPLES_PER_REPORT = 16


@dataclass(frozen=True)
class EpochMetrics:
    """How one epoch ended; ``epoch`` counts from 1, losses are mean cross-entropies in nats."""

    epoch: int
    loss: float
    accuracy: float
    validation_loss: float
    validation_accuracy: float
    seconds: float


@dataclass(frozen=True)
class BatchProgress:
    """Where a training is.

    Attributes:
        epoch: under way, counted from 1; 0 before the first, ``epochs`` while testing.
        epochs: in all.
        step: done in this phase: batches of an epoch, or images that were read.
        steps: in this phase.
        loss: mean so far in this epoch; None where there is none yet.
        accuracy: mean so far in this epoch; None where there is none yet.
        images_per_s: mean in this phase.
        phase: ``loading``, ``training``, ``validating`` or ``testing``.
    """

    epoch: int
    epochs: int
    step: int
    steps: int
    loss: float | None
    accuracy: float | None
    images_per_s: float
    phase: Phase = "training"


OnBatch = Callable[[BatchProgress], None]


@dataclass
class Reporter:
    """Tells ``on_batch`` how one phase goes; whatever that raises ends the training."""

    on_batch: OnBatch
    phase: Phase
    steps: int
    epochs: int
    epoch: int = 0
    _started_at: float = field(default_factory=time.monotonic)

    def tell(self, step: int, images: int, *, loss: float | None = None, accuracy: float | None = None) -> None:
        """Report that so many steps and images of this phase are done."""
        elapsed_s = max(time.monotonic() - self._started_at, 1e-9)
        rate = images / elapsed_s
        self.on_batch(BatchProgress(self.epoch, self.epochs, step, self.steps, loss, accuracy, rate, self.phase))

    def watch(self, examples: Iterator[Example]) -> Iterator[Example]:
        """Pass examples on and report every few of them, the first before any is read."""
        self.tell(0, 0)
        for count, example in enumerate(examples, start=1):
            yield example
            if count % EXAMPLES_PER_REPORT == 0 or count == self.steps:
                self.tell(count, count)
