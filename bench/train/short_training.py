"""A training to be killed: ``python -m bench.train.short_training FOLDER`` goes on from what lies in the folder."""

from __future__ import annotations

import json
import sys
from pathlib import Path

from bench.train.kept_training import kept_training
from ml.training.options import TrainingOptions
from ml.training.progress import BatchProgress

OPTIONS = TrainingOptions("synthetic_flowers", backbone="SmallCNN", weights="none", image_size=32, epochs=4)


def main() -> None:
    """Train, and tell every step on standard output."""
    kept_training(OPTIONS, Path(sys.argv[1]), on_batch=_tell)


def _tell(batch: BatchProgress) -> None:
    if batch.activity == "training":
        print(json.dumps({"epoch": batch.epoch, "step": batch.step, "steps": batch.steps}), flush=True)


if __name__ == "__main__":
    main()
