"""A TCP proxy on loopback that breaks off answers, as bad networks do."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

PIECE_BYTES = 1 << 16
WAIT_S = 60


@contextmanager
def breaking_proxy(port: int, *, answers_bytes: Sequence[int]) -> Iterator[int]:
    """Forward to ``port`` of this machine; yield the port to connect to.

    Args:
        port: of the real server.
        answers_bytes: the answer on connection i is broken off after so many bytes; later ones are whole. A
            broken answer is read from the server to its end: the server did its work.
    """
    listener = socket.create_server(("127.0.0.1", 0))
    limits = iter(answers_bytes)

    def accept() -> None:
        while True:
            try:
                client, _ = listener.accept()
            except OSError:  # closed: the test is over
                return
            limit = next(limits, None)
            threading.Thread(target=_forward, args=(client, port, limit), daemon=True).start()

    acceptor = threading.Thread(target=accept, daemon=True)
    acceptor.start()
    try:
        yield listener.getsockname()[1]
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        acceptor.join(WAIT_S)


def _forward(client: socket.socket, port: int, limit: int | None) -> None:
    with client, socket.create_connection(("127.0.0.1", port), timeout=WAIT_S) as server:
        threading.Thread(target=_copy_request, args=(client, server), daemon=True).start()
        sent = 0
        while piece := server.recv(PIECE_BYTES):
            whole = piece if limit is None else piece[: max(0, limit - sent)]
            client.sendall(whole)
            sent += len(whole)
        client.shutdown(socket.SHUT_RDWR)


def _copy_request(client: socket.socket, server: socket.socket) -> None:
    try:
        while piece := client.recv(PIECE_BYTES):
            server.sendall(piece)
    except OSError:  # the answer is complete and the connection closed
        return
