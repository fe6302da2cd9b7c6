"""Reads ``docker-compose.yml`` as a container engine does: merged, interpolated, service by service."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parents[2]
COMPOSE_FILE = ROOT / "docker-compose.yml"
SECRETS = {
    "redis_password": "petal",
    "s3_access_key": "test-access-key",
    "s3_secret_key": "test-secret-key",
    "flower_password": "hush",
    "oidc_client_secret": "open-sesame",
}
"""The files that it wants to be given, by name."""
NOTHING: Mapping[str, str] = MappingProxyType({})
_VARIABLE = re.compile(r"\$(?:(\$)|\{(\w+)(?:(:?[-?])([^}]*))?\})")


class Unset(Exception):
    """A variable that must be set is not."""


@dataclass(frozen=True)
class ComposeService:
    """One service, its variables filled in.

    Attributes:
        command: the arguments of its process.
        environment: what the process is told.
        healthcheck: the arguments of the command that says whether it is well; empty where there is none.
        secrets: which secret each file in ``/run/secrets`` holds, by the file's name.
        document: everything that the file says of it.
    """

    name: str
    command: tuple[str, ...]
    environment: Mapping[str, str]
    healthcheck: tuple[str, ...]
    secrets: Mapping[str, str]
    document: Mapping[str, Any]


def document() -> dict[str, Any]:
    """The file as it is written."""
    return dict(yaml.safe_load(COMPOSE_FILE.read_text()))


def services(variables: Mapping[str, str] = NOTHING) -> dict[str, ComposeService]:
    """All services by name, with ``variables`` in place.

    Raises:
        Unset: the file wants a variable that is not there; the message is the file's own.
    """
    found = interpolated(document()["services"], variables)
    return {name: _service(name, written) for name, written in found.items()}


def interpolated(value: Any, variables: Mapping[str, str]) -> Any:
    """A value with ``${NAME}``, ``${NAME:-default}``, ``${NAME:?message}`` and ``$$`` resolved."""
    if isinstance(value, Mapping):
        return {key: interpolated(each, variables) for key, each in value.items()}
    if isinstance(value, list):
        return [interpolated(each, variables) for each in value]
    if not isinstance(value, str):
        return value
    return _VARIABLE.sub(lambda match: _resolved(match, variables), value)


def _resolved(match: re.Match[str], variables: Mapping[str, str]) -> str:
    dollar, name, operator, word = match.groups()
    if dollar:
        return "$"
    found = variables.get(name, "")
    if found or operator is None:
        return found
    if operator.endswith("?"):
        raise Unset(f"{name}: {word}")
    return str(word)


def _service(name: str, written: Mapping[str, Any]) -> ComposeService:
    return ComposeService(
        name=name,
        command=tuple(written.get("command", ())),
        environment={key: str(each) for key, each in written.get("environment", {}).items()},
        healthcheck=_healthcheck(written.get("healthcheck", {}).get("test", ())),
        secrets=dict(map(_secret, written.get("secrets", ()))),
        document=written,
    )


def _secret(written: str | Mapping[str, str]) -> tuple[str, str]:
    if isinstance(written, str):
        return written, written
    return written["target"], written["source"]


def _healthcheck(test: tuple[str, ...] | list[str]) -> tuple[str, ...]:
    kind, *words = test or ("NONE",)
    if kind == "CMD-SHELL":
        return ("/bin/sh", "-c", *words)
    return tuple(words) if kind == "CMD" else ()
