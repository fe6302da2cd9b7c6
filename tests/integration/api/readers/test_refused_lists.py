"""Lists of models and of data sets are whole although the store refuses a document of one of them."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest

from api.app import create_app
from dispatch.connection import Connection
from jobs import keys
from jobs.identity.dataset_record import DatasetRecord
from jobs.models.model import PublishedModel
from tests.integration.api.conftest import ROSE, START, TRAIN, assert_problem
from tests.services.api_server import api_client
from tests.services.refusing_store import RefusingStore


@pytest.fixture
def store() -> RefusingStore:
    return RefusingStore("refusing")


@pytest.fixture
def http(store: RefusingStore, connection: Connection) -> Iterator[httpx.Client]:
    with api_client(create_app(store=store, board=connection.board, queue=connection.queue)) as client:
        yield client


@pytest.fixture
def models(store: RefusingStore) -> None:
    """Two models, of which the store refuses one."""
    for name in ("lily", "rose"):
        model = PublishedModel(**{**ROSE, "id": name, "job_id": name}, class_names=("a", "b"))
        store.put(keys.model(name), model.encode())
    store.refused = keys.model("lily")


@pytest.mark.usefixtures("models")
def test_a_model_that_the_store_refuses_is_told_beside_the_others(http: httpx.Client, store: RefusingStore) -> None:
    found = http.get("/v1/models").json()
    assert [model["id"] for model in found["items"]] == ["rose"]
    assert [(model["id"], "refuses" in model["reason"]) for model in found["unreadable"]] == [("lily", True)]
    assert "rose" in http.get("/models").text
    store.away = True
    assert_problem(http.get("/v1/models"), 503)


@pytest.mark.usefixtures("models")
def test_a_form_offers_the_other_models(http: httpx.Client) -> None:
    assert '<option value="rose">' in http.get("/new/explain").text


@pytest.mark.usefixtures("models")
def test_a_model_that_is_not_there_is_told_with_those_that_are(http: httpx.Client) -> None:
    spec = {"kind": "explain", "model": "tulip", "dataset": TRAIN["dataset"], "split": "test"}
    assert "published are rose, lily" in assert_problem(http.post("/v1/jobs", json=spec), 422)["detail"]


def test_a_folder_whose_record_the_store_refuses_is_listed(http: httpx.Client, store: RefusingStore) -> None:
    for name in ("mine", "yours"):
        store.put(f"{keys.DATASETS_PREFIX}{name}/rose/1.jpg", b"picture")
        record = DatasetRecord(folder=name, project="default", submitter="anna", created_at=START)
        store.put(keys.dataset_record(name), record.encode())
    store.refused = keys.dataset_record("mine")
    folders = [item for item in http.get("/v1/datasets").json()["items"] if item["kind"] == "folder"]
    assert [(item["name"], item["submitter"]) for item in folders] == [
        ("store:datasets/mine", ""),
        ("store:datasets/yours", "anna"),
    ]
    store.away = True
    assert_problem(http.get("/v1/datasets"), 503)
