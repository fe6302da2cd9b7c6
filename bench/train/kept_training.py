"""Trains with checkpoints in a folder, so that a run that is ended goes on where it was."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

from ml.training.feature_cache import FeatureStore
from ml.training.history import best_of
from ml.training.options import TrainingOptions
from ml.training.progress import BatchProgress, EpochMetrics
from ml.training.train import Checkpoint, TrainingResult, train

POINTER = "pointer.json"


def kept_training(
    options: TrainingOptions,
    folder: Path,
    *,
    features: FeatureStore | None = None,
    on_epoch: Callable[[Checkpoint], None] = lambda _: None,
    on_batch: Callable[[BatchProgress], None] = lambda _: None,
) -> TrainingResult:
    """Train, or go on from what lies in the folder."""
    folder.mkdir(parents=True, exist_ok=True)

    def kept(checkpoint: Checkpoint) -> None:
        keep(checkpoint)
        on_epoch(checkpoint)

    return train(options, directory=folder, features=features, resume=resume(folder), on_epoch=kept, on_batch=on_batch)


def keep(checkpoint: Checkpoint) -> None:
    """Write the pointer atomically, after the file that it names."""
    pointer = checkpoint.path.with_name(POINTER)
    partial = pointer.with_suffix(".part")
    partial.write_text(json.dumps([asdict(metrics) for metrics in checkpoint.history]))
    partial.replace(pointer)


def resume(folder: Path) -> Checkpoint | None:
    """The newest checkpoint in the folder; None where there is none."""
    pointer = folder / POINTER
    if not pointer.exists():
        return None
    history = tuple(EpochMetrics(**metrics) for metrics in json.loads(pointer.read_text()))
    best = best_of(history)
    paths = {metrics.epoch: folder / f"epoch-{metrics.epoch:04d}.npz" for metrics in history}
    there = {epoch: path for epoch, path in paths.items() if path.exists()}
    return Checkpoint(paths[history[-1].epoch], history, paths[best.epoch] if best else None, there)
