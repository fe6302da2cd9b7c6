"""Evaluations of the untrained model ``trained``, run step by step by a worker without Celery."""

from __future__ import annotations

import io
import json
from itertools import islice
from typing import Any

from PIL import Image

from dispatch.submission import submit
from jobs import keys
from jobs.job import JobEnd
from jobs.results.report import Report
from jobs.specs.spec import spec_adapter
from ml.data.datasets import describe, read
from tests.services.gathered import stored_report
from workers.lifecycle.run_step import run_step
from workers.step.services import Services

SHARDS = ("shard-00000", "shard-00001")
UNMASKED = "store:datasets/unmasked"


def submit_evaluation(services: Services, **changes: Any) -> str:
    """Submit one of ten images in two shards, and return its id."""
    document = {
        "kind": "evaluate",
        "model": "trained",
        "dataset": "synthetic_flowers",
        "split": "test[0:10]",
        "shard_size": 6,
        "batch_size": 4,
        "corruptions": ["rotation", "background", "noise"],
        "severities": [1, 5],
        **changes,
    }
    spec = spec_adapter.validate_python(document)
    return submit(spec, store=services.store, board=services.board, queue=services.queue).job.id


def put_unmasked(services: Services) -> list[str]:
    """Ten flowers in the folder ``UNMASKED``, which so have no masks; returns their keys."""
    names, stored = describe("synthetic_flowers").class_names, []
    for example in islice(read("synthetic_flowers", "test"), 10):
        assert example.image is not None
        assert example.label is not None
        buffer = io.BytesIO()
        Image.fromarray(example.image).resize((40, 40)).save(buffer, "PNG")
        key = f"{UNMASKED.removeprefix('store:')}/{names[example.label]}/{example.index}.png"
        services.store.put(key, buffer.getvalue())
        stored.append(key)
    return stored


def run_all(services: Services, job_id: str) -> JobEnd:
    """Run all its steps."""
    for step in ("plan", *SHARDS, "finalize"):
        run_step(job_id, step, services)
    return JobEnd.decode(services.store.get(keys.end(job_id)))


def reports_of(services: Services, job_id: str) -> list[Report]:
    """What its shards reported."""
    return [stored_report(services.store, job_id, step) for step in SHARDS]


def metrics_of(services: Services, job_id: str) -> dict[str, Any]:
    """Its ``metrics.json``."""
    found: dict[str, Any] = json.loads(services.store.get(keys.file(job_id, "metrics.json")))
    return found
