"""A small but real API, with jobs that tests write down, and a client of it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from florescope.client import Client
from tests.services.fake_api import FakeApi
from tests.services.fake_routes import serve


@pytest.fixture
def api() -> Iterator[FakeApi]:
    with serve(FakeApi()) as fake:
        yield fake


@pytest.fixture
def client(api: FakeApi) -> Iterator[Client]:
    with Client(api.url) as made:
        yield made
