"""Sending model files: streamed to the store under their digest, refused early, never opened by the API."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator

import pytest
from fastapi.testclient import TestClient

from api.app import create_app
from api.submission import upload
from dispatch.connection import Connection
from jobs import keys
from store.memory import MemoryStore

FILE = b"PK\x03\x04" + bytes(range(256)) * 1000
DIGEST = hashlib.sha256(FILE).hexdigest()
MODEL = {"preprocessing": "caffe"}


@pytest.fixture
def store() -> MemoryStore:
    return MemoryStore("api")


@pytest.fixture
def client(connection: Connection, store: MemoryStore) -> Iterator[TestClient]:
    app = create_app(store=store, board=connection.board, queue=connection.queue)
    with TestClient(app, raise_server_exceptions=False) as client:
        yield client


def test_a_model_file_becomes_an_import_job(client: TestClient, store: MemoryStore) -> None:
    options = {**MODEL, "name": "mine", "class_name": ["rose", "tulip"], "feature_layer": "last"}
    answer = client.post("/v1/models", params=options, content=FILE)
    assert answer.status_code == 202
    job = answer.json()
    assert answer.headers["location"] == f"/v1/jobs/{job['id']}"
    assert (job["kind"], job["state"]) == ("import", "queued")
    assert (job["spec"]["upload"], job["spec"]["classes"]) == (DIGEST, ["rose", "tulip"])
    assert store.get(keys.upload(DIGEST)) == FILE


def test_a_file_may_be_sent_first_and_imported_by_an_ordinary_job(client: TestClient) -> None:
    sent = client.post("/v1/uploads", content=FILE, headers={"content-type": "application/octet-stream"})
    assert (sent.status_code, sent.json()) == (201, {"upload": DIGEST, "size": len(FILE)})
    classes = [f"class number {index} with a long name" for index in range(1000)]
    spec = {"kind": "import", "upload": DIGEST, "preprocessing": "torch", "classes": classes}
    answer = client.post("/v1/jobs", json=spec)
    assert answer.status_code == 202
    assert len(answer.json()["spec"]["classes"]) == 1000


def test_a_file_that_was_sent_is_found_where_the_answer_says(client: TestClient) -> None:
    sent = client.post("/v1/uploads", content=FILE)
    assert client.get(sent.headers["location"]).json() == sent.json()
    missing = client.get(f"/v1/uploads/{'0' * 64}")
    assert (missing.status_code, missing.headers["content-type"]) == (404, "application/problem+json")
    assert client.get("/v1/uploads/rose").status_code == 422


def test_an_import_of_a_file_that_was_never_sent_is_refused(client: TestClient) -> None:
    answer = client.post("/v1/jobs", json={"kind": "import", "upload": "0" * 64, **MODEL})
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"] == "upload"
    assert "/v1/uploads" in answer.json()["detail"]


def test_the_same_request_sent_again_gives_the_same_job(client: TestClient) -> None:
    headers = {"Idempotency-Key": "once"}
    first, second = (client.post("/v1/models", params=MODEL, content=FILE, headers=headers) for _ in range(2))
    assert first.json()["id"] == second.json()["id"]


@pytest.mark.parametrize("declared", [True, False])
def test_a_file_that_is_too_large_is_refused(
    client: TestClient, store: MemoryStore, monkeypatch: pytest.MonkeyPatch, *, declared: bool
) -> None:
    monkeypatch.setattr(upload, "MAX_MODEL_BYTES", 1 << 17)
    content = FILE if declared else iter([FILE[:1000], FILE[1000:]])
    answer = client.post("/v1/models", params=MODEL, content=content)
    assert (answer.status_code, answer.headers["content-type"]) == (413, "application/problem+json")
    assert "that are allowed" in answer.json()["detail"]
    assert not list(store.list("uploads/"))


@pytest.mark.parametrize("kind", ["application/json", "multipart/form-data; boundary=x", "image/png"])
def test_a_body_that_is_declared_as_something_else_is_refused(client: TestClient, kind: str) -> None:
    answer = client.post("/v1/models", params=MODEL, content=FILE, headers={"content-type": kind})
    assert (answer.status_code, answer.headers["content-type"]) == (415, "application/problem+json")
    assert "--data-binary" in answer.json()["detail"]


def test_a_request_without_a_file_is_refused(client: TestClient, store: MemoryStore) -> None:
    answer = client.post("/v1/uploads", content=b"")
    assert answer.status_code == 422
    assert "no file was sent: send the .keras or .h5 file" in answer.json()["detail"]
    assert not list(store.list("uploads/"))


@pytest.mark.parametrize("start", [b"\x89HDF\r\n\x1a\n", b"version https://git-lfs.github.com/spec/v1\n", b"<html>"])
def test_any_file_is_taken_and_the_import_says_what_it_is(client: TestClient, store: MemoryStore, start: bytes) -> None:
    sent = client.post("/v1/uploads", content=start + bytes(100), headers={"content-type": "application/octet-stream"})
    assert sent.status_code == 201
    assert store.get(keys.upload(sent.json()["upload"])) == start + bytes(100)


@pytest.mark.parametrize(
    ("options", "field"),
    [
        ({}, "preprocessing"),
        ({"preprocessing": "vgg"}, "preprocessing"),
        ({**MODEL, "class_name": ["rose", "rose"]}, "classes"),
        ({**MODEL, "classes": 1}, "classes"),
        ({**MODEL, "image_size": 3}, "image_size"),
        ({**MODEL, "colour": "red"}, "colour"),
    ],
)
def test_wrong_options_are_named_before_the_file_is_read(
    client: TestClient, store: MemoryStore, options: dict[str, object], field: str
) -> None:
    answer = client.post("/v1/models", params=options, content=FILE)
    assert answer.status_code == 422
    assert field in [each["field"] for each in answer.json()["errors"]]
    assert not list(store.list("uploads/"))


def test_the_page_of_an_import_job_can_be_looked_at(client: TestClient) -> None:
    job = client.post("/v1/models", params=MODEL, content=FILE).json()
    page = client.get(f"/jobs/{job['id']}")
    assert page.status_code == 200
    assert "The model appears" in page.text
    assert client.get("/").status_code == 200
