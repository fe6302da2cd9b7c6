"""How much faster a sweep over heads is with shared features than as many trainings that share nothing."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Mapping
from dataclasses import replace
from itertools import product
from pathlib import Path

from bench.train.recipe import Places, feature_store, trained
from ml.training.frozen_backbone import frozen_backbone
from ml.training.options import OptimizerOptions, TrainingOptions

LEARNING_RATES, DROPOUTS, SMOOTHINGS = (3e-3, 1e-3, 3e-4), (0.0, 0.3), (0.0, 0.1)
SEPARATE_RUNS = 4
"""So many of the twelve runs are timed: all do the same work, so the time of the others is inferred."""


def measure(places: Places) -> Mapping[str, object]:
    """Wall time of separate runs over that of a sweep; each run reads, computes features, trains and builds a model."""
    configurations = _configurations(places)
    started_at = time.perf_counter()
    with tempfile.TemporaryDirectory(dir=places.folder) as folder:
        frozen_backbone.cache_clear()
        store = feature_store(Path(folder))
        for options in configurations:
            trained(options, features=store)
    shared_s = time.perf_counter() - started_at
    some = configurations[:: len(configurations) // SEPARATE_RUNS]
    started_at = time.perf_counter()
    for options in some:
        frozen_backbone.cache_clear()
        trained(options)
    separate_s = (time.perf_counter() - started_at) / len(some) * len(configurations)
    return {
        "sweep_speedup": separate_s / shared_s,
        "sweep_configurations": len(configurations),
        "sweep_shared_s": shared_s,
        "sweep_separate_s": separate_s,
        "sweep_separate_runs_timed": len(some),
    }


def _configurations(places: Places) -> list[TrainingOptions]:
    plain = places.plain()
    return [
        replace(plain, optimizer=OptimizerOptions(learning_rate=rate), dropout=dropout, label_smoothing=smoothing)
        for rate, dropout, smoothing in product(LEARNING_RATES, DROPOUTS, SMOOTHINGS)
    ]
