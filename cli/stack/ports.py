"""Finds free TCP ports on loopback, and checks that the ports of a stack are free."""

from __future__ import annotations

import errno
import socket
from collections.abc import Iterable
from contextlib import ExitStack

from cli.errors import StackFailed
from cli.stack.service import Service

LOOPBACK = "127.0.0.1"


def free_ports(count: int) -> tuple[int, ...]:
    """Different ports that no process is using at this moment."""
    with ExitStack() as held:
        sockets = [held.enter_context(socket.socket()) for _ in range(count)]
        for each in sockets:
            each.bind((LOOPBACK, 0))
        return tuple(int(each.getsockname()[1]) for each in sockets)


def check_ports(services: Iterable[Service]) -> None:
    """Check that all ports are different and free.

    Raises:
        StackFailed: one is not; says which port, for which service, and how to choose another.
    """
    owners: dict[int, str] = {}
    for service in services:
        if service.port is None:
            continue
        reason = f"it is also the port of {owners[service.port]}" if service.port in owners else ""
        reason = reason or _taken(service.port)
        if reason:
            raise StackFailed(
                f"port {service.port} for {service.name} cannot be used: {reason}; "
                f"choose another with {service.port_setting}"
            )
        owners[service.port] = service.name


def _taken(port: int) -> str:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except OSError as error:
            return "another program listens there" if error.errno == errno.EADDRINUSE else str(error.strerror).lower()
    return ""
