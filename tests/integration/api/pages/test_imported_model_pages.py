"""A model that was imported, on the pages and in the API: nobody knows how it was trained."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from fastapi.testclient import TestClient

from jobs import keys
from jobs.models.artifact import Artifact
from jobs.models.model import PublishedModel
from store.memory import MemoryStore


@pytest.fixture
def model(store: MemoryStore) -> PublishedModel:
    file = Artifact(name="model.keras", key="jobs/j/model.keras", size=9, sha256="0" * 64)
    made = PublishedModel(
        id="01imported",
        name="<mine>",
        job_id="01imported",
        created_at=datetime(2026, 1, 1, tzinfo=UTC),
        origin="imported",
        checkpoint=file,
        image_size=64,
        feature_layer="out_relu",
        class_names=("rose", "tulip"),
        preprocessing="minus_one_to_one",
        source=file,
    )
    store.put(keys.model(made.id), made.encode())
    return made


def test_the_page_of_an_imported_model_says_what_is_known(http: TestClient, model: PublishedModel) -> None:
    page = http.get(f"/models/{model.id}")
    assert page.status_code == 200
    assert "imported" in page.text
    assert "minus one to one" in page.text
    assert "&lt;mine&gt;" in page.text
    assert "None" not in page.text


def test_imported_models_are_listed_beside_trained_ones(http: TestClient, model: PublishedModel) -> None:
    page = http.get("/models")
    assert page.status_code == 200
    assert model.id in page.text
    assert "None" not in page.text
    listed = http.get("/v1/models").json()["items"]
    assert [(each["id"], each["origin"], each["dataset"]) for each in listed] == [(model.id, "imported", None)]
