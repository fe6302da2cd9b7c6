from __future__ import annotations

from datetime import UTC, datetime

import pytest
from fastapi.testclient import TestClient

from jobs import keys
from jobs.job import JobEnd
from jobs.live.progress import Progress
from jobs.models.artifact import Artifact
from jobs.models.model import PublishedModel
from jobs.state import JobState
from store.memory import MemoryStore

NOW = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.fixture
def explanation(http: TestClient, store: MemoryStore) -> str:
    """A submitted explanation; it is not over."""
    model = PublishedModel(
        id="m",
        name="flowers",
        job_id="t",
        created_at=NOW,
        checkpoint=Artifact(name="model.keras", key="jobs/t/model.keras", size=1, sha256="0" * 64),
        backbone="SmallCNN",
        weights="none",
        image_size=32,
        feature_layer="top",
        class_names=("a", "b"),
        dataset="synthetic_flowers",
        train_images=1,
        validation_images=1,
        test_images=1,
        test_accuracy=0.5,
        test_loss=1.0,
        history=(),
    )
    store.put(keys.model("m"), model.encode())
    spec = {"kind": "explain", "model": "m", "dataset": "synthetic_flowers", "max_failure_rate": 0.1}
    return str(http.post("/v1/jobs", json=spec).json()["id"])


def end(store: MemoryStore, job_id: str, *, failed: int) -> None:
    progress = Progress(done=540, total=540, failed=failed)
    ended = JobEnd(job_id=job_id, state=JobState.FAILED, started_at=NOW, finished_at=NOW, progress=progress)
    store.put(keys.end(job_id), ended.encode())
    store.delete(keys.active(job_id))


def test_a_retry_is_a_new_job_that_names_the_old_one(http: TestClient, store: MemoryStore, explanation: str) -> None:
    end(store, explanation, failed=3)
    answer = http.post(f"/v1/jobs/{explanation}:retry")
    assert answer.status_code == 202
    job = answer.json()
    assert job["id"] != explanation
    assert answer.headers["Location"] == f"/v1/jobs/{job['id']}"
    assert (job["retry_of"], job["state"], job["spec"]["max_failure_rate"]) == (explanation, "queued", 1.0)
    assert http.get(f"/v1/jobs/{explanation}").json()["state"] == "failed"


def test_the_same_key_makes_one_retry(http: TestClient, store: MemoryStore, explanation: str) -> None:
    end(store, explanation, failed=3)
    answers = [http.post(f"/v1/jobs/{explanation}:retry", headers={"Idempotency-Key": "k"}) for _ in range(2)]
    assert answers[0].json()["id"] == answers[1].json()["id"]


def test_a_job_that_is_not_over_is_not_retried(http: TestClient, explanation: str) -> None:
    answer = http.post(f"/v1/jobs/{explanation}:retry")
    assert answer.status_code == 409
    assert "not over" in answer.json()["detail"]


def test_a_job_without_failed_images_is_not_retried(http: TestClient, store: MemoryStore, explanation: str) -> None:
    end(store, explanation, failed=0)
    answer = http.post(f"/v1/jobs/{explanation}:retry")
    assert answer.status_code == 409
    assert "nothing to retry" in answer.json()["detail"]


def test_a_training_is_not_retried(http: TestClient) -> None:
    spec = {"kind": "train", "dataset": "synthetic_flowers", "backbone": "SmallCNN", "weights": "none"}
    job_id = http.post("/v1/jobs", json=spec).json()["id"]
    assert http.post(f"/v1/jobs/{job_id}:retry").status_code == 409


def test_a_job_that_does_not_exist_is_not_found(http: TestClient) -> None:
    assert http.post("/v1/jobs/nothing:retry").status_code == 404


def test_the_page_offers_a_retry_where_images_failed(http: TestClient, store: MemoryStore, explanation: str) -> None:
    assert "/retry" not in http.get(f"/jobs/{explanation}").text
    end(store, explanation, failed=3)
    assert "Retry the 3 failed" in http.get(f"/jobs/{explanation}").text
    answer = http.post(f"/jobs/{explanation}/retry", follow_redirects=False)
    assert answer.status_code == 303
    assert f'href="/jobs/{explanation}"' in http.get(answer.headers["Location"]).text
