"""One process of the stack, as a value."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Service:
    """What to start, and how to know that it is up.

    Attributes:
        name: also names its log file.
        command: program and arguments; no shell is involved.
        environment: all of the child's environment.
        port: the TCP port on loopback that it will listen on, if any.
        port_setting: how to choose another port, for the message that says that this one is taken.
        ready: whether it answers; None: it is ready once it runs.
    """

    name: str
    command: tuple[str, ...]
    environment: Mapping[str, str] = field(repr=False)
    port: int | None = None
    port_setting: str = ""
    ready: Callable[[], bool] | None = None
