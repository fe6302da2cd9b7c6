"""Knows which states of a training are needed as files: the newest, the best, and those of which a mean is made."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from ml.training.checkpoint import Checkpoint, TrainingState, read_state
from ml.training.history import History, is_better
from ml.training.progress import EpochMetrics
from ml.training.states.epoch_mean import last_epochs


@dataclass
class KeptStates:
    """The files of one training.

    Attributes:
        averaged: of how many of the last epochs means are made at most.
        best: the best epoch so far; None before the first.
        best_path: of its state.
        last_paths: of the last epochs of fine-tuning, by epoch, as far as a mean needs them.
    """

    averaged: int
    best: EpochMetrics | None = None
    best_path: Path | None = None
    last_paths: dict[int, Path] = field(default_factory=dict)

    @property
    def paths(self) -> set[Path]:
        """All files that are needed, but that of the newest state."""
        return {*self.last_paths.values(), *([self.best_path] if self.best_path else [])}

    def resume(self, checkpoint: Checkpoint) -> TrainingState:
        """Go on with the files of a checkpoint; return its state.

        Raises:
            UnreadableCheckpoint: a file is not a state.
        """
        self.best_path = checkpoint.best_path or checkpoint.path
        self.last_paths = dict(checkpoint.last_paths)
        best = read_state(self.best_path).epoch
        self.best = next(metrics for metrics in checkpoint.history if metrics.epoch == best)
        return read_state(checkpoint.path)

    def add(self, path: Path, history: History) -> Checkpoint:
        """Take in the state after the last epoch of a history."""
        newest = history[-1]
        found = {**self.last_paths, newest.epoch: path}
        self.last_paths = {epoch: found[epoch] for epoch in last_epochs(history, found, most=self.averaged)}
        if self.best is None or is_better(newest, self.best):
            self.best, self.best_path = newest, path
        return Checkpoint(path, history, self.best_path, self.last_paths)
