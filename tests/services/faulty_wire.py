"""A TCP proxy on loopback that delays, cuts or swallows what goes through it, when it is told to."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

PIECE_BYTES = 1 << 16


@dataclass(frozen=True, eq=False)
class _Connection:
    client: socket.socket
    server: socket.socket
    swallowed: threading.Event = field(default_factory=threading.Event)


class FaultyWire:
    """Forwards to a port of this machine.

    Attributes:
        port: where to connect.
        delay_s: how much later each piece arrives, in both directions.
        unplugged: whether new connections are ended at once.
    """

    def __init__(self, port: int) -> None:
        self._target = port
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._connections: set[_Connection] = set()
        self._swallowed: set[_Connection] = set()
        self._lock = threading.Lock()
        self.port = int(self._listener.getsockname()[1])
        self.delay_s = 0.0
        self.unplugged = False
        threading.Thread(target=self._accept, daemon=True).start()

    def swallow(self) -> int:
        """From now on, let nothing through on the connections that there are; returns how many. New ones work.

        They stay open, and nobody learns of anything.
        """
        with self._lock:
            held, self._connections = self._connections, set()
        for each in held:
            each.swallowed.set()
        self._swallowed |= held
        return len(held)

    def cut(self) -> int:
        """End the connections that there are, in the middle of whatever they carry; returns how many."""
        with self._lock:
            held, self._connections = self._connections, set()
        for each in held:
            _end(each)
        return len(held)

    def heal(self) -> None:
        """Let everything through again, but for what was swallowed or cut."""
        self.delay_s, self.unplugged = 0.0, False

    def end_swallowed(self) -> None:
        """End the connections that were swallowed, which those who hold them learn."""
        held, self._swallowed = self._swallowed, set()
        for each in held:
            _end(each)

    def close(self) -> None:
        """Accept nothing more, and end all connections."""
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self.cut()
        self.end_swallowed()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:  # closed: the test is over
                return
            if self.unplugged:
                client.close()
                continue
            try:
                server = socket.create_connection(("127.0.0.1", self._target))
            except OSError:  # the service has stopped
                client.close()
                continue
            made = _Connection(client, server)
            with self._lock:
                self._connections.add(made)
            for source, sink in ((client, server), (server, client)):
                threading.Thread(target=self._copy, args=(source, sink, made), daemon=True).start()

    def _copy(self, source: socket.socket, sink: socket.socket, made: _Connection) -> None:
        with suppress(OSError):
            while piece := source.recv(PIECE_BYTES):
                if self.delay_s:
                    time.sleep(self.delay_s)
                if not made.swallowed.is_set():
                    sink.sendall(piece)
        if made.swallowed.is_set():  # one side of a half-open connection does not learn that the other is gone
            return
        with self._lock:
            self._connections.discard(made)
        _end(made)


def _end(connection: _Connection) -> None:
    for each in (connection.client, connection.server):
        with suppress(OSError):
            each.shutdown(socket.SHUT_RDWR)
        each.close()


@contextmanager
def faulty_wire(port: int) -> Iterator[FaultyWire]:
    """A proxy for the length of a test."""
    proxy = FaultyWire(port)
    try:
        yield proxy
    finally:
        proxy.close()
