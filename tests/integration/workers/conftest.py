"""A worker without Celery: real Redis, a store in memory, a real (untrained) network."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from dispatch.connection import Connection, connect
from dispatch.submission import submit
from jobs import keys
from jobs.models.artifact import Artifact
from jobs.models.model import PublishedModel
from jobs.specs.spec import spec_adapter
from ml.data.datasets import describe
from ml.models.classifier import build_classifier, feature_layer_name
from ml.models.saved_model import save_model
from store.memory import MemoryStore
from tests.few_flowers import draw_flowers_once
from tests.services.plain_pictures import draw_no_figures
from tests.services.redis_server import RedisServer
from tests.services.worker_services import services_on
from tests.shallow_network import make_small_cnn_shallow
from workers.step.services import Services

SIZE = 32


@pytest.fixture(scope="session")
def checkpoint(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    path: Path = tmp_path_factory.mktemp("model") / "model.keras"
    classes = len(describe("synthetic_flowers").class_names)
    save_model(build_classifier("SmallCNN", num_classes=classes, image_size=SIZE, weights="none"), path)
    return path.read_bytes()


@pytest.fixture(autouse=True)
def quick(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Train a shallow network, draw a flower once, and draw figures only for tests that look at them."""
    make_small_cnn_shallow(monkeypatch)
    draw_flowers_once(monkeypatch)
    if request.node.get_closest_marker("figures") is None:
        draw_no_figures(monkeypatch)


@pytest.fixture
def services(connection: Connection, checkpoint: bytes) -> Services:
    return with_model(connection, checkpoint)


@pytest.fixture(scope="module")
def shared_services(shared_redis: RedisServer, checkpoint: bytes) -> Services:
    """For jobs that are run once, and that all tests of a module only look at in the store."""
    return with_model(connect(redis_url=shared_redis.url, lease_ttl_s=30), checkpoint)


def with_model(connection: Connection, checkpoint: bytes) -> Services:
    """A worker on a store that holds the model ``trained``."""
    store = MemoryStore("worker")
    key = "jobs/trained/attempts/train/one/model.keras"
    store.put(key, checkpoint)
    store.put(keys.model("trained"), published(key, checkpoint).encode())
    return services_on(connection, store)


def published(key: str, data: bytes) -> PublishedModel:
    """An untrained model, as if a training job had left it."""
    return PublishedModel(
        id="trained",
        name=None,
        job_id="trained",
        created_at=datetime(2026, 1, 1, tzinfo=UTC),
        checkpoint=Artifact(name="model.keras", key=key, size=len(data), sha256=hashlib.sha256(data).hexdigest()),
        backbone="SmallCNN",
        weights="none",
        image_size=SIZE,
        feature_layer=feature_layer_name("SmallCNN"),
        class_names=describe("synthetic_flowers").class_names,
        dataset="synthetic_flowers",
        train_images=1,
        validation_images=1,
        test_images=1,
        test_accuracy=None,
        test_loss=None,
        history=(),
    )


def submit_explanation(services: Services, **changes: Any) -> str:
    """Submit a small explanation and return its id."""
    document = {
        "kind": "explain",
        "model": "trained",
        "dataset": "synthetic_flowers",
        "split": "test[0:8]",
        "shard_size": 4,
        "methods": ["gradcam"],
        "ig": {"max_evaluations": 32},
        **changes,
    }
    spec = spec_adapter.validate_python(document)
    return submit(spec, store=services.store, board=services.board, queue=services.queue).job.id
