"""Points at the checkpoints from which an unfinished training step resumes."""

from __future__ import annotations

from jobs.models.artifact import Artifact
from jobs.models.model import EpochMetrics
from jobs.value import Document, Value


class KeptCheckpoint(Value):
    """The state of a training after an epoch, counted from 1."""

    epoch: int
    file: Artifact


class CheckpointPointer(Document):
    """The checkpoints of a step; written after the files that it names, so that all of them are complete.

    Attributes:
        checkpoints: the best one and the last ones, the newest last.
        best_epoch: the best epoch so far.
        history: every epoch so far.
        model: the best model so far as a file of its own, made when the job was cancelled.
    """

    job_id: str
    step: str
    attempt: str
    checkpoints: tuple[KeptCheckpoint, ...]
    best_epoch: int
    history: tuple[EpochMetrics, ...]
    model: Artifact | None = None

    @property
    def files(self) -> tuple[Artifact, ...]:
        """All files to keep if the job does not continue."""
        kept = tuple(checkpoint.file for checkpoint in self.checkpoints)
        return kept if self.model is None else (self.model, *kept)


def partition_checkpoints(
    checkpoints: tuple[KeptCheckpoint, ...], *, best_epoch: int, last: int
) -> tuple[tuple[KeptCheckpoint, ...], tuple[KeptCheckpoint, ...]]:
    """Split checkpoints into those to keep, the best and the ``last`` newest ones, and those to remove."""
    ordered = sorted(checkpoints, key=lambda checkpoint: checkpoint.epoch)
    newest = {checkpoint.epoch for checkpoint in ordered[-last:]}
    stays = [checkpoint.epoch in newest or checkpoint.epoch == best_epoch for checkpoint in ordered]
    pairs = list(zip(ordered, stays, strict=True))
    return tuple(one for one, stay in pairs if stay), tuple(one for one, stay in pairs if not stay)
