"""The command line against a small but real API, with jobs that tests write down."""

from __future__ import annotations

import pytest

from tests.services.command_line import Run, command_line
from tests.services.fake_api import FakeApi
from tests.unit.florescope.conftest import api, client

__all__ = ["api", "client"]


@pytest.fixture
def florescope(
    api: FakeApi,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path_factory: pytest.TempPathFactory,
) -> Run:
    """Runs a command against the API."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path_factory.mktemp("state")))
    return command_line(api.url, capsys=capsys, monkeypatch=monkeypatch)
