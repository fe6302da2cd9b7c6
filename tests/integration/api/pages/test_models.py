from __future__ import annotations

import hashlib
from datetime import UTC, datetime

import pytest
from fastapi.testclient import TestClient

from jobs import keys
from jobs.models.artifact import Artifact
from jobs.models.model import EpochMetrics, PublishedModel
from store.memory import MemoryStore

BYTES = b"the weights"
EPOCHS = tuple(
    EpochMetrics(epoch=n, loss=1 / n, accuracy=0.5, validation_loss=1, validation_accuracy=0.4, seconds=1)
    for n in (1, 2)
)


def stored(store: MemoryStore, name: str, data: bytes) -> Artifact:
    key = f"jobs/j/{name}"
    store.put(key, data)
    return Artifact(name=name, key=key, size=len(data), sha256=hashlib.sha256(data).hexdigest())


@pytest.fixture
def model(store: MemoryStore) -> PublishedModel:
    made = PublishedModel(
        id="m",
        name="<b>petals</b>",
        job_id="j",
        created_at=datetime(2026, 1, 1, tzinfo=UTC),
        checkpoint=stored(store, "model.keras", BYTES),
        backbone="SmallCNN",
        weights="none",
        image_size=32,
        feature_layer="top",
        class_names=("rose", "lily"),
        dataset="synthetic_flowers",
        train_images=1,
        validation_images=1,
        test_images=8,
        test_accuracy=0.625,
        test_loss=1.0,
        history=EPOCHS,
        files=(stored(store, "model_card.md", b"# petals, the card"),),
    )
    store.put(keys.model("m"), made.encode())
    return made


def test_a_model_is_downloaded_with_its_digest_as_etag(http: TestClient, model: PublishedModel) -> None:
    answer = http.get("/v1/models/m/file")
    assert answer.content == BYTES
    assert answer.headers["ETag"] == f'"{model.checkpoint.sha256}"'
    again = http.get("/v1/models/m/file", headers={"If-None-Match": answer.headers["ETag"]})
    assert again.status_code == 304


@pytest.mark.usefixtures("model")
def test_a_model_says_where_its_file_its_card_and_its_job_are(http: TestClient) -> None:
    links = http.get("/v1/models/m").json()["links"]
    assert links["file"] == "/v1/models/m/file"
    assert links["model_card.md"] == "/v1/jobs/j/artifacts/model_card.md"
    assert http.get("/v1/models").json()["items"][0]["links"] == links


@pytest.mark.parametrize("path", ["/v1/models/nothing", "/v1/models/nothing/file", "/models/nothing"])
def test_a_model_that_does_not_exist_is_not_found(http: TestClient, path: str) -> None:
    assert http.get(path).status_code == 404


@pytest.mark.usefixtures("model")
def test_the_pages_show_accuracy_curves_and_card_and_escape_names(http: TestClient) -> None:
    listed = http.get("/models").text
    assert "62.5\u00a0%" in listed
    page = http.get("/models/m").text
    assert "# petals, the card" in page
    assert "<polyline" in page
    assert 'href="/jobs/j"' in page
    assert "<b>petals</b>" not in listed + page


def test_without_models_the_page_says_how_to_make_one(http: TestClient) -> None:
    assert "florescope train" in http.get("/models").text
