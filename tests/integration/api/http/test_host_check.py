"""Requests that name a host which the API does not answer for are refused."""

from __future__ import annotations

import pytest
from fastapi.testclient import TestClient

from api.app import create_app
from api.main import build
from dispatch.connection import Connection
from store.memory import MemoryStore
from tests.integration.api.conftest import TRAIN, assert_problem
from tests.services.compose_file import services
from tests.services.redis_server import RedisServer

OWN = ["127.0.0.1", "127.0.0.1:8000", "localhost:8000", "LOCALHOST", "[::1]:8000"]
OTHERS = ["evil.example", "evil.example:8000", "127.0.0.1.evil.example", "localhost.evil.example", "a b", ""]


@pytest.fixture
def process(shared_redis: RedisServer, monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """The environment of a process of the API."""
    monkeypatch.setenv("FLORESCOPE_REDIS_URL", shared_redis.url)
    monkeypatch.setenv("FLORESCOPE_STORE_URL", "memory://names")
    return monkeypatch


@pytest.mark.parametrize("host", OWN)
@pytest.mark.usefixtures("process")
def test_this_machine_is_known_by_all_its_names(host: str) -> None:
    assert TestClient(build()).get("/livez", headers={"Host": host}).status_code == 200


@pytest.mark.parametrize("host", OTHERS)
def test_another_name_is_refused_with_the_setting_to_change(
    store: MemoryStore, connection: Connection, host: str
) -> None:
    hosts = ["127.0.0.1", "localhost"]
    client = TestClient(
        create_app(store=store, board=connection.board, queue=connection.queue, allowed_hosts=hosts),
        base_url="http://127.0.0.1",
    )
    for answer in (
        client.get("/v1/jobs", headers={"Host": host}),
        client.post("/v1/jobs", json=TRAIN, headers={"Host": host}),
    ):
        assert "FLORESCOPE_ALLOWED_HOSTS" in assert_problem(answer, 400)["detail"]
        assert answer.headers["x-content-type-options"] == "nosniff"
    assert client.get("/v1/jobs").json()["items"] == []


@pytest.mark.usefixtures("process")
def test_a_process_knows_no_name_that_it_was_not_told() -> None:
    assert_problem(TestClient(build()).get("/livez", headers={"Host": "api"}), 400)


def test_names_below_a_domain_are_allowed_together(process: pytest.MonkeyPatch) -> None:
    process.setenv("FLORESCOPE_ALLOWED_HOSTS", "localhost,*.flowers.example")
    client = TestClient(build())
    assert client.get("/livez", headers={"Host": "api.flowers.example"}).status_code == 200
    assert client.get("/livez", headers={"Host": "127.0.0.1"}).status_code == 400


@pytest.mark.parametrize("hosts", ["", "a,,b", "a b", "a.*.b", "http://a", "a:8000"])
def test_a_list_of_names_that_cannot_be_is_refused_at_start_up(process: pytest.MonkeyPatch, hosts: str) -> None:
    process.setenv("FLORESCOPE_ALLOWED_HOSTS", hosts)
    with pytest.raises(ValueError, match="allowed_hosts"):
        build()


@pytest.mark.parametrize("host", ["127.0.0.1:8000", "localhost:8000", "api:8000"])
def test_the_services_of_the_compose_file_reach_the_api(process: pytest.MonkeyPatch, host: str) -> None:
    process.setenv("FLORESCOPE_ALLOWED_HOSTS", services()["api"].environment["FLORESCOPE_ALLOWED_HOSTS"])
    assert TestClient(build()).get("/livez", headers={"Host": host}).status_code == 200
