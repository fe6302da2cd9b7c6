"""The Python client and the command line say who they are, on a real socket."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from api.access.gate import require_identity
from api.app import create_app
from dispatch.connection import Connection
from dispatch.identity.key_ring import KeyRequest, create_key
from florescope.client import Client
from florescope.errors import Refused
from jobs.identity.role import Role
from store.memory import MemoryStore
from tests.integration.api.access.conftest import OTHER, OWN
from tests.integration.api.conftest import TRAIN
from tests.services.api_server import api_client
from tests.services.command_line import command_line


@pytest.fixture
def url(store: MemoryStore, connection: Connection) -> Iterator[str]:
    app = create_app(store=store, board=connection.board, queue=connection.queue)
    require_identity(app)
    with api_client(app) as http:
        yield str(http.base_url)


def key(store: MemoryStore, role: Role, *projects: str) -> str:
    return create_key(KeyRequest("anna", role, projects), store)[1]


def test_the_client_takes_its_key_and_its_project_from_the_environment(
    url: str, store: MemoryStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FLORESCOPE_API_KEY", key(store, Role.SUBMITTER, OWN, OTHER))
    monkeypatch.setenv("FLORESCOPE_PROJECT", OTHER)
    with Client(url) as client:
        job_id = client.submit(TRAIN).id
    with Client(url, project=OWN) as client:
        assert client.jobs() == []
    with Client(url) as client:
        assert [job.id for job in client.jobs()] == [job_id]


def test_without_a_key_the_client_says_what_it_takes(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("FLORESCOPE_API_KEY", raising=False)
    with Client(url) as client, pytest.raises(Refused, match="FLORESCOPE_API_KEY") as refused:
        client.jobs()
    assert refused.value.status == 401


def test_an_admin_makes_keys_and_quotas_over_the_api(
    url: str, store: MemoryStore, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("FLORESCOPE_API_KEY", key(store, Role.ADMIN, OWN))
    run = command_line(url, capsys=capsys, monkeypatch=monkeypatch)
    made = json.loads(run("keys", "create", "ben", "--project", OWN, "--json").out)
    assert made["created_by"] == "anna"
    assert made["id"] in run("keys", "list").out
    with Client(url, api_key=made["key"]) as client:
        assert client.jobs() == []
    assert "active_jobs 3" in run("keys", "quota", OWN, "--active-jobs", "3").out
    assert made["id"] in run("keys", "revoke", made["id"]).out
