"""``docker-compose.yml`` is what an engine accepts, and keeps what it promises: no engine is needed to tell."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from settings import Settings
from tests.services.compose_file import COMPOSE_FILE, SECRETS, ComposeService, document, interpolated, services

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


def test_passwords_are_files_that_only_those_who_need_them_are_given() -> None:
    files = interpolated(document()["secrets"], {"SECRETS_DIR": "/secrets"})
    assert files == {name: {"file": f"/secrets/{name}"} for name in SECRETS}
    given = {name: set(service.secrets.values()) for name, service in SERVICES.items()}
    assert given["redis"] == {"redis_password"}
    assert given["s3"] == {"s3_access_key", "s3_secret_key"}
    assert given["flower"] == {"redis_password", "flower_password"}
    assert given["light"] == {"redis_password", "s3_access_key", "s3_secret_key"}
    assert given["api"] == given["light"] | {"oidc_client_secret"}


@pytest.mark.parametrize("name", OWN)
def test_every_secret_is_one_that_the_program_reads(name: str) -> None:
    assert set(SERVICES[name].secrets) <= {f"florescope_{key}" for key in Settings.model_fields}


def test_no_password_is_written_in_the_file_nor_passed_by_the_environment() -> None:
    for line in COMPOSE_FILE.read_text().splitlines():
        assert not re.search(r"^\s*\w*(PASSWORD|SECRET|ACCESS_KEY|AUTH)\w*: ", line), line
    assert not any("@" in value for service in SERVICES.values() for value in service.environment.values())


@pytest.mark.parametrize("service", SERVICES.values(), ids=SERVICES)
def test_no_service_may_do_more_than_it_must(service: ComposeService) -> None:
    assert service.document["cap_drop"] == ["ALL"]
    assert service.document["security_opt"] == ["no-new-privileges:true"]
    assert service.document["read_only"] is True
    assert service.document["tmpfs"]
    assert service.document["mem_limit"]
    assert not set(service.document) & {"privileged", "cap_add", "network_mode", "pid", "devices"}


def test_large_temporary_files_and_lists_of_fonts_have_a_place_on_the_disk() -> None:
    for name in set(OWN) - {"flower"}:
        assert "scratch:/scratch" in SERVICES[name].document["volumes"]
    assert "TMPDIR=/scratch MPLCONFIGDIR=/scratch/" in (COMPOSE_FILE.parent / "Dockerfile").read_text()


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
