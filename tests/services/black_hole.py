"""A TCP proxy on loopback that swallows bytes when told to: connections stay open, and nobody learns of anything."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

PIECE_BYTES = 1 << 16


class BlackHole:
    """Forwards to a port of this machine."""

    def __init__(self, port: int) -> None:
        self._target = port
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._swallowed: set[threading.Event] = set()
        self._lock = threading.Lock()
        self._sockets = [self._listener]
        self._open = True
        self.port = int(self._listener.getsockname()[1])
        threading.Thread(target=self._accept, daemon=True).start()

    def swallow(self) -> int:
        """From now on, let nothing through on the connections that there are; returns how many. New ones work."""
        with self._lock:
            held, self._swallowed = self._swallowed, set()
        for each in held:
            each.set()
        return len(held)

    def close(self) -> None:
        """Accept nothing more, and end all connections."""
        self._open = False
        for each in list(self._sockets):
            with suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
            each.close()

    def _accept(self) -> None:
        while self._open:
            try:
                client, _ = self._listener.accept()
            except OSError:  # closed: the test is over
                return
            self._sockets.append(client)
            try:
                server = socket.create_connection(("127.0.0.1", self._target))
            except OSError:  # the service has stopped
                client.close()
                continue
            self._sockets.append(server)
            swallowed = threading.Event()
            with self._lock:
                self._swallowed.add(swallowed)
            for source, sink in ((client, server), (server, client)):
                threading.Thread(target=_copy, args=(source, sink, swallowed), daemon=True).start()


def _copy(source: socket.socket, sink: socket.socket, swallowed: threading.Event) -> None:
    with suppress(OSError):
        while piece := source.recv(PIECE_BYTES):
            if not swallowed.is_set():
                sink.sendall(piece)
    if not swallowed.is_set():  # one side of a half-open connection does not learn that the other is gone
        with suppress(OSError):
            sink.shutdown(socket.SHUT_RDWR)


@contextmanager
def black_hole(port: int) -> Iterator[BlackHole]:
    """A proxy for the length of a test."""
    proxy = BlackHole(port)
    try:
        yield proxy
    finally:
        proxy.close()
