"""A training to be killed: ``python -m bench.train.short_training FOLDER`` goes on from what lies in the folder."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from pathlib import Path

from ml.training.history import best_of
from ml.training.options import TrainingOptions
from ml.training.progress import EpochMetrics
from ml.training.train import BatchProgress, Checkpoint, train

OPTIONS = TrainingOptions("synthetic_flowers", backbone="SmallCNN", weights="none", image_size=32, epochs=4)


def main() -> None:
    """Train, and tell every step on standard output."""
    folder = Path(sys.argv[1])
    train(OPTIONS, directory=folder, resume=_resume(folder), on_epoch=_keep, on_batch=_tell)


def _tell(batch: BatchProgress) -> None:
    if batch.activity == "training":
        print(json.dumps({"epoch": batch.epoch, "step": batch.step, "steps": batch.steps}), flush=True)


def _keep(checkpoint: Checkpoint) -> None:
    """The pointer, in one piece and after the file that it names."""
    pointer = checkpoint.path.with_name("pointer.json")
    partial = pointer.with_suffix(".part")
    partial.write_text(json.dumps([asdict(metrics) for metrics in checkpoint.history]))
    partial.replace(pointer)


def _resume(folder: Path) -> Checkpoint | None:
    pointer = folder / "pointer.json"
    if not pointer.exists():
        return None
    history = tuple(EpochMetrics(**metrics) for metrics in json.loads(pointer.read_text()))
    best = best_of(history)
    last = folder / f"epoch-{history[-1].epoch:04d}.npz"
    return Checkpoint(last, history, folder / f"epoch-{best.epoch:04d}.npz" if best else None)


if __name__ == "__main__":
    main()
