"""Data sets as the API shows them, and pictures that are put into folders."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from api.app import create_app
from api.submission import picture_upload
from dispatch.connection import Connection
from jobs.names.built_in_datasets import BUILT_IN_DATASETS
from ml.data.datasets import describe
from store.memory import MemoryStore


def prepare(folder: Path, name: str, version: str, *, features: tuple[str, ...] = ("image", "label")) -> None:
    """Files as TFDS leaves them beside its records."""
    place = folder / name / version
    place.mkdir(parents=True)
    splits = [{"name": "train", "shardLengths": ["700", "320"]}, {"name": "test", "shardLengths": ["9"]}]
    info = {"name": name, "version": version, "splits": splits}
    (place / "dataset_info.json").write_text(json.dumps(info))
    (place / "features.json").write_text(json.dumps({"featuresDict": {"features": {key: {} for key in features}}}))
    (place / "label.labels.txt").write_text("rose\ntulip\n")


@pytest.fixture
def api(store: MemoryStore, connection: Connection, tmp_path: Path) -> TestClient:
    app = create_app(store=store, board=connection.board, queue=connection.queue, tfds_dir=tmp_path)
    return TestClient(app, raise_server_exceptions=False)


def listed(api: TestClient) -> dict[str, Any]:
    return {item["name"]: item for item in api.get("/v1/datasets").json()["items"]}


def submitted(api: TestClient, **spec: Any) -> dict[str, Any]:
    training = {"kind": "train", "backbone": "SmallCNN", "weights": "none", **spec}
    return dict(api.post("/v1/jobs", json=training).json())


def test_a_prepared_data_set_of_ones_own_is_known_with_its_splits(api: TestClient, tmp_path: Path) -> None:
    prepare(tmp_path, "our_wheat", "1.0.0")
    splits = {"train": "train", "validation": "test", "test": None}
    assert submitted(api, dataset="our_wheat", splits=splits)["kind"] == "train"
    assert "did you mean 'our_wheat'?" in submitted(api, dataset="our_weat", splits=splits)["detail"]
    refused = submitted(api, dataset="our_wheat", splits={**splits, "validation": "tset"})
    assert refused["errors"][0]["field"] == "splits.validation"
    assert "there are train, test; did you mean 'test'?" in refused["detail"]


def test_built_in_data_sets_are_what_they_are() -> None:
    for name, known in BUILT_IN_DATASETS.items():
        description = describe(name)
        assert description.splits == known.splits
        assert len(description.class_names) == known.classes


def test_prepared_data_sets_are_shown_in_their_newest_version(api: TestClient, tmp_path: Path) -> None:
    prepare(tmp_path, "flowers", "2.9.0")
    prepare(tmp_path, "flowers", "2.10.1")
    prepare(tmp_path, "texts", "1.0.0", features=("text", "label"))
    (tmp_path / "broken" / "1.0.0").mkdir(parents=True)
    (tmp_path / "broken" / "1.0.0" / "dataset_info.json").write_text("{")
    found = listed(api)
    assert set(found) == {"synthetic_flowers", "flowers"}
    assert found["flowers"] == {
        "name": "flowers",
        "kind": "tfds",
        "splits": {"train": 1020, "test": 9},
        "classes": 2,
        "project": None,
        "submitter": "",
        "archived": False,
    }


def test_folders_in_the_store_are_shown_by_the_name_that_jobs_use(api: TestClient, store: MemoryStore) -> None:
    for key in ("a/1.png", "a/deep/2.png", "a0/1.png", "b/1.png", "loose.png"):
        store.put(f"datasets/{key}", b"x")
    folders = [name for name, item in listed(api).items() if item["kind"] == "folder"]
    assert folders == ["store:datasets/a", "store:datasets/a0", "store:datasets/b"]


def test_a_picture_is_put_into_a_folder(api: TestClient, store: MemoryStore) -> None:
    assert api.put("/v1/datasets/mine/ox-eye daisy/1.jpg", content=b"bytes").status_code == 201
    assert store.get("datasets/mine/ox-eye daisy/1.jpg") == b"bytes"
    assert "store:datasets/mine" in listed(api)


def test_a_picture_that_takes_the_place_of_another_one_makes_nothing_new(api: TestClient, store: MemoryStore) -> None:
    statuses = [api.put("/v1/datasets/mine/rose/1.jpg", content=content).status_code for content in (b"old", b"new")]
    assert statuses == [201, 204]
    assert store.get("datasets/mine/rose/1.jpg") == b"new"


@pytest.mark.parametrize(
    "path", ["mine/notes.txt", "1.jpg", "mine/.hidden.jpg", "mine//1.jpg", "@rose/1.jpg", "a/%2e%2e/%2e%2e/1.jpg"]
)
def test_what_is_no_picture_in_a_folder_is_refused(api: TestClient, store: MemoryStore, path: str) -> None:
    answer = api.put(f"/v1/datasets/{path}", content=b"bytes")
    assert answer.status_code in {404, 405, 422}
    assert answer.headers["content-type"] == "application/problem+json"
    assert not list(store.list(""))


def test_a_picture_that_is_too_large_is_refused(
    api: TestClient, store: MemoryStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(picture_upload, "MAX_IMAGE_BYTES", 1 << 20)
    assert api.put("/v1/datasets/mine/1.jpg", content=bytes(2 << 20)).status_code == 413
    assert not list(store.list(""))


@pytest.mark.parametrize("dataset", ["store:datasets/nothing", "store:", "store:../x", "store:a//b"])
def test_a_job_on_an_empty_folder_is_refused_at_once(api: TestClient, dataset: str) -> None:
    spec = {"kind": "train", "dataset": dataset, "backbone": "SmallCNN", "weights": "none"}
    answer = api.post("/v1/jobs", json=spec)
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"] == "dataset"


@pytest.mark.parametrize(
    "dataset",
    ["store:jobs", "store:jobs/one/attempts", "store:active", "store:uploads", "store:mine", "store:datasets",
     "store:/datasets/", "store:datasets-of-others", "store:datasets/../jobs", "store:/jobs/datasets"],
)  # fmt: skip
def test_what_lies_elsewhere_in_the_store_is_no_data_set(api: TestClient, store: MemoryStore, dataset: str) -> None:
    for folder in ("jobs/one/attempts", "active", "uploads", "mine", "datasets-of-others", "jobs/datasets"):
        store.put(f"{folder}/all/rose/1.png", b"a picture")
    answer = api.post("/v1/jobs", json={"kind": "train", "dataset": dataset, "backbone": "SmallCNN", "weights": "none"})
    assert answer.status_code == 422
    (problem,) = answer.json()["errors"]
    assert problem["field"] == "dataset"
    assert "below 'datasets/'" in problem["message"] or "'..'" in problem["message"]


def test_a_sweep_on_an_empty_folder_is_refused_by_the_field_of_its_base(api: TestClient) -> None:
    base = {"dataset": "store:datasets/nothing", "backbone": "SmallCNN", "weights": "none"}
    answer = api.post("/v1/jobs", json={"kind": "sweep", "base": base, "grid": {"seed": [0, 1]}})
    assert [each["field"] for each in answer.json()["errors"]] == ["base.dataset"]
