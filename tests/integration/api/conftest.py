"""The API over a store in memory and a real Redis."""

from __future__ import annotations

import pytest
from fastapi.testclient import TestClient

from api.app import create_app
from dispatch.connection import Connection
from store.memory import MemoryStore


@pytest.fixture
def store() -> MemoryStore:
    return MemoryStore("api")


@pytest.fixture
def http(store: MemoryStore, connection: Connection) -> TestClient:
    return TestClient(create_app(store=store, board=connection.board, bell=connection.bell))
