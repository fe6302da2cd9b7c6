"""The whole product on loopback, with the model under test published in its store."""

from __future__ import annotations

import hashlib
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psutil

from bench.explain.real_model import BACKBONE, DATASET, FEATURE_LAYER, IMAGE_SIZE, SPLIT
from bench.explain.subject import Subject
from cli.stack.layout import Layout, Ports, local_store_url
from cli.stack.ports import free_ports
from cli.stack.run_stack import running_stack
from cli.stack.supervisor import Supervisor
from florescope.client import Client
from florescope.job_view import JobView
from jobs import keys
from jobs.models.artifact import Artifact
from jobs.models.model import PublishedModel
from jobs.state import JobState
from ml.data.datasets import describe
from store.base import ObjectStore
from store.open_store import open_store

MODEL_ID = "bench"
_CHECKPOINT = "bench/model.keras"
_LOOK_EVERY_S = 0.2
_GRACE_S = 20.0


@dataclass(frozen=True)
class EmbeddedStack:
    """A running stack; its address and its supervisor."""

    api: Client
    supervisor: Supervisor

    def explain(self, split: str, **changes: Any) -> JobView:
        """Explain a slice of the test split and wait for the end.

        Raises:
            RuntimeError: the job did not succeed.
        """
        return self.run({"kind": "explain", "model": MODEL_ID, "dataset": DATASET, "split": split, **changes})

    def run(self, spec: Mapping[str, Any]) -> JobView:
        """Submit a job and wait for its end.

        Raises:
            RuntimeError: the job did not succeed.
        """
        job = self.api.submit(spec)
        while not job.over:
            time.sleep(_LOOK_EVERY_S)
            self.supervisor.check()
        if job.state is not JobState.SUCCEEDED:
            raise RuntimeError(f"job {job.id} ended {job.state.value}: {job.error}")
        return job.last

    def worker_memory_bytes(self) -> int:
        """Resident memory of the child that computes."""
        children = psutil.Process(self.supervisor.process_ids()["worker"]).children(recursive=True)
        return max(int(child.memory_info().rss) for child in children)


@contextmanager
def embedded_stack(subject: Subject) -> Iterator[EmbeddedStack]:
    """Start it in a folder of its own beside the cache, and remove everything at the end."""
    with tempfile.TemporaryDirectory(prefix="stack-", dir=subject.places.cache.absolute()) as name:
        folder = Path(name)
        layout = Layout(folder, local_store_url(folder), Ports(*free_ports(3)))
        _publish(subject, open_store(layout.store_url))
        with running_stack(layout, grace_s=_GRACE_S, say=_say) as supervisor, Client(layout.api_url) as api:
            yield EmbeddedStack(api, supervisor)


def test_slice(start: int, count: int) -> str:
    """Name of ``count`` test images from ``start`` on."""
    return f"{SPLIT}[{start}:{start + count}]"


def _publish(subject: Subject, store: ObjectStore) -> None:
    _ = subject.model  # made now if it was never made before
    data = (subject.places.cache / "centred-model.keras").read_bytes()
    store.put(_CHECKPOINT, data)
    digest = hashlib.sha256(data).hexdigest()
    model = PublishedModel(
        id=MODEL_ID,
        name=None,
        job_id=MODEL_ID,
        created_at=datetime.now(UTC),
        checkpoint=Artifact(name="centred-model.keras", key=_CHECKPOINT, size=len(data), sha256=digest),
        image_size=IMAGE_SIZE,
        feature_layer=FEATURE_LAYER,
        class_names=describe(DATASET, data_dir=subject.places.tfds_dir).class_names,
        backbone=BACKBONE,
        weights="imagenet",
        dataset=DATASET,
    )
    store.put(keys.model(MODEL_ID), model.encode())


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)
