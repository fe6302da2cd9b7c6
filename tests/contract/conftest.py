"""The three stores, each empty; S3 is a real server process."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest

from store.base import ObjectStore
from store.open_store import open_store
from tests.services.moto_server import MotoServer, moto_server

BUCKET = "contract"


@pytest.fixture(scope="session")
def s3_server() -> Iterator[MotoServer]:
    with moto_server() as server:
        server.create_bucket(BUCKET)
        yield server


@pytest.fixture(params=["local", "memory", "s3"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> ObjectStore:
    name = uuid.uuid4().hex
    if request.param == "local":
        return open_store((tmp_path / "store").as_uri())
    if request.param == "memory":
        return open_store(f"memory://{name}")
    server: MotoServer = request.getfixturevalue("s3_server")
    return open_store(f"s3://{BUCKET}/{name}", s3=server.options)
