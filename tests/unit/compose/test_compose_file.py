"""``docker-compose.yml`` is what an engine accepts, and keeps what it promises: no engine is needed to tell."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from settings import Settings
from tests.services.compose_file import COMPOSE_FILE, VARIABLES, ComposeService, Unset, document, services

SERVICES = services()
OWN = [name for name, service in SERVICES.items() if service.document["image"].startswith("florescope-")]
SCHEMA = json.loads(Path(__file__).with_name("compose_spec.json").read_text())


def test_it_is_a_compose_file() -> None:
    found = jsonschema.Draft7Validator(SCHEMA).iter_errors(document())
    assert [f"{'.'.join(map(str, error.path))}: {error.message}" for error in found] == []


def test_a_misspelt_key_would_be_found() -> None:
    broken = document()
    broken["services"]["api"]["helthcheck"] = {}
    assert not jsonschema.Draft7Validator(SCHEMA).is_valid(broken)


@pytest.mark.parametrize("service", SERVICES.values(), ids=SERVICES)
def test_every_service_has_an_image_a_command_and_a_health_check(service: ComposeService) -> None:
    image, _, tag = service.document["image"].partition(":")
    assert image
    assert tag or service.name in OWN, "an image of others is pinned"
    assert service.command
    assert service.healthcheck
    assert service.document["healthcheck"]["retries"] > 0


@pytest.mark.parametrize("service", SERVICES.values(), ids=SERVICES)
def test_nobody_waits_for_health_that_nobody_tells(service: ComposeService) -> None:
    for awaited, how in service.document.get("depends_on", {}).items():
        assert how["condition"] == "service_healthy"
        assert SERVICES[awaited].healthcheck
        assert not set(SERVICES[awaited].document.get("profiles", ())) - set(service.document.get("profiles", ()))


@pytest.mark.parametrize("secret", VARIABLES)
def test_no_password_has_a_default(secret: str) -> None:
    with pytest.raises(Unset, match=f"{secret}: set {secret}"):
        services({name: value for name, value in VARIABLES.items() if name != secret})


def test_no_password_is_written_in_the_file() -> None:
    for line in COMPOSE_FILE.read_text().splitlines():
        name, separator, value = line.strip().partition(": ")
        if separator and re.search(r"(PASSWORD|SECRET|ACCESS_KEY|AUTH)", name):
            assert re.fullmatch(r"\$\{\w+:\?set \w+\}", value), line


def test_ports_are_open_on_this_host_only() -> None:
    ports = [port for service in SERVICES.values() for port in service.document.get("ports", ())]
    assert ports
    assert all(str(port).startswith("127.0.0.1:") for port in ports)


@pytest.mark.parametrize("name", OWN)
def test_every_setting_is_one_that_the_program_knows(name: str) -> None:
    known = {field.alias or f"FLORESCOPE_{key.upper()}" for key, field in Settings.model_fields.items()}
    assert set(SERVICES[name].environment) <= known


def test_workers_have_longer_to_leave_than_they_take() -> None:
    for service in (SERVICES[name] for name in OWN if "worker" in SERVICES[name].command):
        given_s = int(service.document["stop_grace_period"].removesuffix("s"))
        assert given_s > float(service.environment["FLORESCOPE_STOP_GRACE_S"])


def test_a_gpu_is_asked_for_by_the_gpu_profile_alone() -> None:
    devices = {name: _devices(service.document) for name, service in SERVICES.items() if _devices(service.document)}
    assert set(devices) == {"worker-gpu"}
    assert SERVICES["worker-gpu"].document["profiles"] == ["gpu"]
    assert [(device["driver"], device["capabilities"]) for device in devices["worker-gpu"]] == [("nvidia", ["gpu"])]
    assert all(("count" in device) != ("device_ids" in device) for device in devices["worker-gpu"])


def test_the_two_profiles_run_the_same_worker() -> None:
    cpu, gpu = SERVICES["worker-cpu"], SERVICES["worker-gpu"]
    assert (cpu.command, cpu.environment) == (gpu.command, gpu.environment)
    assert cpu.document["profiles"] == ["cpu"]


def _devices(service: Any) -> list[dict[str, Any]]:
    return list(service.get("deploy", {}).get("resources", {}).get("reservations", {}).get("devices", ()))
