"""Describes one process of the stack."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Service:
    """What to start, and how to check that it is ready.

    Attributes:
        name: of the service and of its log file.
        command: program and arguments; not run in a shell.
        environment: the complete environment of the process.
        port: the TCP port on loopback that it listens on, if any.
        port_setting: how to choose another port, for the error message where this one is taken.
        ready: checks whether it is ready; None: it is ready as soon as it runs.
    """

    name: str
    command: tuple[str, ...]
    environment: Mapping[str, str] = field(repr=False)
    port: int | None = None
    port_setting: str = ""
    ready: Callable[[], bool] | None = None
