"""Learns how long the epochs of a training take, and says how long the training still takes."""

from __future__ import annotations

import time
from collections.abc import Callable

from ml.training.progress import BatchProgress

_FORGETS = 0.5
"""Weight of the latest epoch against those before: later phases of a training are slower or faster."""


class TrainingClock:
    """One time to go for the whole training, from what was measured of it; None before its first epoch has begun."""

    def __init__(self, *, now: Callable[[], float] = time.monotonic) -> None:
        self._now = now
        self._epoch = 0
        self._began_s: float | None = None
        self._epoch_s: float | None = None
        self._validating_s: float | None = None
        self._validating_since_s: float | None = None

    def seconds_left(self, batch: BatchProgress) -> float | None:
        """Note where the training is, and estimate.

        The rest of this epoch and the epochs to come take what epochs took so far, validation and checkpoint included;
        the test takes what the last validation took.
        """
        now = self._now()
        if batch.activity == "training":
            return self._in_epoch(batch, now)
        if batch.activity == "validating" and self._began_s is not None:
            if self._validating_since_s is None:
                self._validating_since_s = now
            left = batch.eta_s or 0.0
            return self._rounded(left + self._later_epochs_s(batch, now - self._began_s + left))
        if batch.activity in {"averaging", "calibrating", "testing"}:
            return self._rounded(batch.eta_s) if batch.eta_s is not None else None
        return None

    def _in_epoch(self, batch: BatchProgress, now: float) -> float | None:
        if batch.epoch != self._epoch:
            self._begin_epoch(batch.epoch, now)
        share = batch.step / batch.steps if batch.steps else 0.0
        spent = now - (self._began_s if self._began_s is not None else now)
        whole = self._epoch_s if self._epoch_s is not None else spent / share if share else None
        if whole is None:
            return None
        # Where this epoch takes longer than those before, its own pace counts.
        left = max(whole - spent, spent / share * (1 - share) if share else 0.0)
        return self._rounded(left + self._later_epochs_s(batch, whole))

    def _begin_epoch(self, epoch: int, now: float) -> None:
        if self._began_s is not None and epoch == self._epoch + 1:
            took = now - self._began_s
            before = took if self._epoch_s is None else self._epoch_s
            self._epoch_s = _FORGETS * took + (1 - _FORGETS) * before
            if self._validating_since_s is not None:
                self._validating_s = now - self._validating_since_s
        self._epoch, self._began_s, self._validating_since_s = epoch, now, None

    def _later_epochs_s(self, batch: BatchProgress, this_epoch_s: float) -> float:
        each = self._epoch_s if self._epoch_s is not None else this_epoch_s
        return (batch.epochs - batch.epoch) * each + (self._validating_s or 0.0)

    @staticmethod
    def _rounded(seconds: float) -> float:
        return round(max(seconds, 0.0), 1)
