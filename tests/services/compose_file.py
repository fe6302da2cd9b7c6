"""Reads ``docker-compose.yml`` as a container engine does: merged, interpolated, service by service."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parents[2]
COMPOSE_FILE = ROOT / "docker-compose.yml"
VARIABLES = {
    "REDIS_PASSWORD": "petal",
    "S3_ACCESS_KEY": "test-access-key",
    "S3_SECRET_KEY": "test-secret-key",
    "FLOWER_PASSWORD": "hush",
}
"""What the file wants to be told."""
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
        document: everything that the file says of it.
    """

    name: str
    command: tuple[str, ...]
    environment: Mapping[str, str]
    healthcheck: tuple[str, ...]
    document: Mapping[str, Any]


def document() -> dict[str, Any]:
    """The file as it is written."""
    return dict(yaml.safe_load(COMPOSE_FILE.read_text()))


def services(variables: Mapping[str, str] = VARIABLES) -> dict[str, ComposeService]:
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
        document=written,
    )


def _healthcheck(test: tuple[str, ...] | list[str]) -> tuple[str, ...]:
    kind, *words = test or ("NONE",)
    if kind == "CMD-SHELL":
        return ("/bin/sh", "-c", *words)
    return tuple(words) if kind == "CMD" else ()
