"""How well the best recipe for a frozen backbone does on the test images."""

from __future__ import annotations

import time
from collections.abc import Mapping

from bench.train.recipe import Places, best_validation, feature_store, trained


def measure(places: Places) -> Mapping[str, object]:
    """Train ``examples/frozen.json`` and test its best epoch."""
    started_at = time.perf_counter()
    result = trained(places.example("frozen"), features=feature_store(places.folder))
    return {
        "frozen_accuracy": result.test_accuracy,
        "frozen_validation": best_validation(result),
        "frozen_epochs": len(result.history),
        "frozen_test_images": result.test_images,
        "frozen_s": time.perf_counter() - started_at,
    }
