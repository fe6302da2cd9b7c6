"""Which logits and features of an explanation an audit takes over."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import numpy as np
import pytest

from jobs import keys
from jobs.job import Job
from jobs.plan import Plan, Shard
from jobs.results.report import Report
from jobs.specs.spec import spec_adapter
from ml.attribution.explanation import ImageExplanation
from store.memory import MemoryStore
from workers.kinds.audit.given.explained_features import explained_features
from workers.kinds.explain.pooled_features import NAME, PooledFeatures
from workers.step.file_writer import FileWriter

NOW = datetime(2026, 1, 1, tzinfo=UTC)
SHARD = Shard(step="shard-00000", start=0, stop=2)


def explained(layer: str | None) -> MemoryStore:
    """A store with an explanation of two images, which was told to weigh a layer."""
    store = MemoryStore("features")
    spec = spec_adapter.validate_python({"kind": "explain", "model": "m", "dataset": "d", "layer": layer})
    store.put(keys.spec("e"), Job(id="e", created_at=NOW, spec=spec).encode())
    plan = Plan(job_id="e", kind="explain", created_at=NOW, total=2, unit="images", shards=(SHARD,))
    store.put(keys.plan("e"), plan.encode())
    features = PooledFeatures()
    for image_id in ("a", "b"):
        features.add(image_id, explanation(layer or "last"))
    data = features.files()[NAME]
    file = FileWriter(store, keys.attempt("e", SHARD.step, "x")).put(f"{SHARD.step}/{NAME}", data, "application/zip")
    of: dict[str, Any] = {"job_id": "e", "step": SHARD.step, "attempt": "x", "worker": "w"}
    report = Report(**of, started_at=NOW, finished_at=NOW, artifacts=(file,))
    store.put(keys.report("e", SHARD.step), report.encode())
    return store


def explanation(layer: str) -> ImageExplanation:
    return ImageExplanation(
        prediction=1,
        confidence=0.7,
        top=((1, 0.7), (0, 0.3)),
        target=1,
        logits=np.array([1, 2], np.float32),
        methods={},
        features=np.ones(3, np.float32),
        feature_layer=layer,
    )


@pytest.mark.parametrize("layer", [None, "last"])
def test_features_of_the_layer_of_the_model_are_taken(layer: str | None) -> None:
    found = explained_features("e", SHARD, explained(layer), feature_layer="last")
    assert set(found) == {"a", "b"}
    assert found["a"].logits.tolist() == [1, 2]


def test_features_of_another_layer_are_not() -> None:
    assert explained_features("e", SHARD, explained("first"), feature_layer="last") == {}
