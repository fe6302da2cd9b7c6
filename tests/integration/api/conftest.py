"""The API with a store in memory and a real Redis, and jobs in it as workers would have left them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from fastapi.testclient import TestClient
from playwright.sync_api import Browser, Page

from api.app import create_app
from api.readers import deleted_things, queue_reader
from dispatch.connection import Connection
from jobs import keys
from jobs.job import JobEnd, Problem, Snapshot
from jobs.live.progress import Progress
from jobs.models.artifact import Artifact
from jobs.models.model import PublishedModel
from jobs.state import JobState
from store.memory import MemoryStore
from tests.services.api_server import api_client
from tests.services.browser import chromium, new_page

TRAIN = {"kind": "train", "dataset": "synthetic_flowers", "backbone": "SmallCNN", "weights": "none"}
EXPLAIN = {"kind": "explain", "model": "rose", "dataset": "synthetic_flowers", "split": "test[0:8]"}
START = datetime(2026, 1, 1, tzinfo=UTC)
PROBLEM = "application/problem+json"


@dataclass
class Api:
    """A client, and what lies behind the API."""

    http: httpx.Client
    store: MemoryStore
    connection: Connection
    before: dict[str, bytes] = field(default_factory=dict)

    def submit(self, **spec: Any) -> str:
        """Submit a job and return its id."""
        answer = self.http.post("/v1/jobs", json={**TRAIN, **spec})
        assert answer.status_code == 202, answer.text
        return str(answer.json()["id"])

    def publish(
        self, job_id: str, state: JobState = JobState.RUNNING, *, done: float = 0, rate_per_s: float | None = None
    ) -> None:
        """Show a live view of the job, as a worker does."""
        progress = Progress(done=done, total=10, unit="epochs", rate_per_s=rate_per_s)
        self.connection.board.progress.publish(
            Snapshot(job_id=job_id, state=state, started_at=START, updated_at=START, progress=progress)
        )

    def end(
        self, job_id: str, state: JobState = JobState.SUCCEEDED, *, error: Problem | None = None, failed: int = 0
    ) -> None:
        """End the job, as a worker does."""
        end = JobEnd(
            job_id=job_id,
            state=state,
            started_at=START,
            finished_at=START + timedelta(minutes=1),
            progress=Progress(done=10, total=10, failed=failed, unit="epochs", message=state.value),
            error=error,
        )
        self.store.put(keys.end(job_id), end.encode())
        self.store.delete(keys.active(job_id))

    def contents(self) -> dict[str, bytes]:
        """Everything in the store."""
        return {info.key: self.store.get(info.key) for info in self.store.list("")}


@pytest.fixture
def looks_last_an_hour(monkeypatch: pytest.MonkeyPatch) -> None:
    """What the API looks at each second it looks at once: on a busy machine, a page may take longer than a second."""
    monkeypatch.setattr(deleted_things, "LOOK_EVERY_S", 3600)
    monkeypatch.setattr(queue_reader, "KEPT_S", 3600)


@pytest.fixture
def store() -> MemoryStore:
    return MemoryStore("api")


@pytest.fixture
def http(store: MemoryStore, connection: Connection) -> TestClient:
    return TestClient(create_app(store=store, board=connection.board, queue=connection.queue))


@pytest.fixture
def api(store: MemoryStore, connection: Connection) -> Iterator[Api]:
    app = create_app(store=store, board=connection.board, queue=connection.queue)
    with api_client(app) as http:
        yield Api(http, store, connection)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """One for all tests of a module, as it takes seconds to start."""
    with chromium() as started:
        yield started


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """An empty page, in a context of its own."""
    with new_page(browser) as opened:
        yield opened


def assert_problem(answer: httpx.Response, status: int) -> dict[str, Any]:
    """RFC 9457: its media type, the status said twice, and words for a person."""
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == PROBLEM
    body: dict[str, Any] = answer.json()
    assert body["status"] == status
    assert body["title"]
    assert body["detail"]
    assert body["type"].startswith("urn:florescope:problem:")
    assert body["instance"] == answer.request.url.path
    return body


@pytest.fixture
def rose(api: Api) -> str:
    """A published model of nine classes."""
    names = tuple(f"class {number}" for number in range(9))
    api.store.put(keys.model("rose"), PublishedModel(**ROSE, class_names=names).encode())
    return "rose"


def published(api: Api, data: bytes) -> str:
    """A model whose file holds these bytes, where an attempt wrote it."""
    info = api.store.put(keys.attempt("rose", "train", "1") + "model.keras", data)
    checkpoint = Artifact(name="model.keras", key=info.key, size=info.size, sha256=info.sha256 or "")
    model = PublishedModel(**{**ROSE, "checkpoint": checkpoint}, class_names=("rose", "tulip"))
    api.store.put(keys.model(model.id), model.encode())
    return model.id


ROSE: dict[str, Any] = {
    "id": "rose",
    "name": None,
    "job_id": "rose",
    "created_at": START,
    "checkpoint": Artifact(name="model.keras", key="jobs/rose/model.keras", size=1, sha256="0" * 64),
    "backbone": "SmallCNN",
    "weights": "none",
    "image_size": 64,
    "feature_layer": "block5_relu",
    "dataset": "synthetic_flowers",
    "train_images": 1,
    "validation_images": 1,
    "test_images": 1,
    "test_accuracy": 0.9,
    "test_loss": 0.5,
    "history": (),
}
