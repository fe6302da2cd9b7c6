"""``florescope up``, the Compose file and the cluster start the same services, by the same commands and settings."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from cli.stack.layout import Layout, Ports
from cli.stack.service import Service
from cli.stack.services import stack_services
from tests.services import compose_file
from tests.services.compose_file import ComposeService
from tests.services.kubernetes_files import OVERLAYS, Cluster, cluster

PROGRAMS = ("api", "compute", "interactive", "light", "finalize", "beat", "flower")
COMPOSED = {"compute": "worker-cpu"}
UP = {"compute": "worker"}
OF_A_PLACE = {"FLORESCOPE_S3_ENDPOINT_URL", "FLORESCOPE_ALLOWED_HOSTS", "FLORESCOPE_SECRETS_DIR", "ALLOWED_HOSTS"}
"""Settings that differ from place to place: where S3 is, the names of the API, where secrets are mounted."""


@pytest.fixture(scope="module")
def up(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Service]:
    layout = Layout(tmp_path_factory.mktemp("up"), "file:///nowhere", Ports(api=1, flower=2, redis=3))
    return {service.name: service for tier in stack_services(layout) for service in tier}


def composed(name: str) -> ComposeService:
    return compose_file.services()[COMPOSED.get(name, name)]


@pytest.fixture(params=OVERLAYS)
def built(request: pytest.FixtureRequest) -> Cluster:
    return cluster(request.param)


def words(command: tuple[str, ...]) -> list[str]:
    """A command without the interpreter and the places of one machine."""
    plain = command[1:] if command[0] in {sys.executable, "python"} else command
    named = [Path(word).name if word.startswith("/") else word for word in plain if word != "-m"]
    return [word.split("/")[0] if word.startswith("--conf=") else word for word in named if not _of_a_place(word)]


def _of_a_place(word: str) -> bool:
    return word.startswith(("--address=", "--port="))


def test_all_three_start_the_same_services(built: Cluster, up: dict[str, Service]) -> None:
    own = {*PROGRAMS, "redis"}
    assert {UP.get(name, name) for name in own} == {*up}
    assert {COMPOSED.get(name, name) for name in own} == {*compose_file.services()} - {"worker-gpu", "s3"}
    assert set(built.workloads()) - {"s3"} == own


@pytest.mark.parametrize("name", PROGRAMS)
def test_by_the_same_command(built: Cluster, up: dict[str, Service], name: str) -> None:
    command = words(tuple(built.container(name)["command"]))
    assert command == words(composed(name).command)
    assert sorted(command) == sorted(words(up[UP.get(name, name)].command))


@pytest.mark.parametrize("name", PROGRAMS)
def test_with_the_same_settings(built: Cluster, name: str) -> None:
    told, expected = built.environment(name), composed(name).environment
    assert set(told) - OF_A_PLACE == set(expected) - OF_A_PLACE
    assert {key: told[key] for key in set(told) - OF_A_PLACE} == {
        key: value for key, value in expected.items() if key not in OF_A_PLACE
    }


@pytest.mark.parametrize("name", [*PROGRAMS, "redis"])
def test_and_the_same_secrets(built: Cluster, name: str) -> None:
    assert built.secrets(name) == dict(composed(name).secrets)


def test_redis_keeps_the_same_rules(built: Cluster) -> None:
    for option in ("--appendonly yes", "--maxmemory-policy noeviction", "--maxmemory 1gb"):
        assert option in " ".join(built.container("redis")["command"])
        assert option in " ".join(composed("redis").command)


def test_the_images_are_those_that_compose_builds(built: Cluster) -> None:
    known = {service.document["image"].partition(":")[0] for service in compose_file.services().values()}
    used = {
        built.container(name)["image"].partition(":")[0].removeprefix("registry.example.org/")
        for name in built.workloads()
    }
    assert used <= known
