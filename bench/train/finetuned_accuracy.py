"""How well the best recipe for fine-tuning does on the test images, and how long it takes."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Mapping

from bench.train.recipe import Places, best_validation, feature_store, trained
from ml.training.train import Checkpoint


def measure(places: Places) -> Mapping[str, object]:
    """Train ``examples/fine-tuned.json`` and test its best epoch."""
    started_at, worked_s = time.perf_counter(), time.process_time()
    result = trained(places.example("fine-tuned"), features=feature_store(places.folder), on_epoch=_say)
    return {
        "finetuned_accuracy": result.test_accuracy,
        "finetuned_validation": best_validation(result),
        "finetuned_best_epoch": result.best_epoch,
        "finetuned_test_images": result.test_images,
        "finetuned_minutes": (time.perf_counter() - started_at) / 60,
        "finetuned_cpu_minutes_per_core": (time.process_time() - worked_s) / 60 / len(os.sched_getaffinity(0)),
    }


def _say(checkpoint: Checkpoint) -> None:
    metrics = checkpoint.history[-1]
    print(f"epoch {metrics.epoch}, {metrics.phase}: {metrics}", file=sys.stderr, flush=True)
