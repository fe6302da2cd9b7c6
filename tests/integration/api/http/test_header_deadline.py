from __future__ import annotations

import selectors
import socket
import time

import pytest

from api.http import header_deadline
from tests.integration.api.conftest import Api

HALF = b"GET /livez HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Half: "
WHOLE = b"GET /livez HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"
MANY = 800
LIMIT_S = 60


@pytest.fixture(autouse=True)
def short(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(header_deadline, "HEADER_WITHIN_S", 0.5)


def connect(api: Api) -> socket.socket:
    return socket.create_connection(("127.0.0.1", api.http.base_url.port or 0), timeout=LIMIT_S)


def ended(connection: socket.socket) -> bool:
    """Whether the server closed the connection; it resets one of which it has not read everything."""
    try:
        return connection.recv(1000) == b""
    except ConnectionResetError:
        return True


def closed(connections: list[socket.socket]) -> int:
    """How many of them the server closes within the limit."""
    with selectors.DefaultSelector() as selector:
        for connection in connections:
            selector.register(connection, selectors.EVENT_READ)
        deadline = time.monotonic() + LIMIT_S
        while selector.get_map() and time.monotonic() < deadline:
            for key, _ in selector.select(timeout=1):
                assert isinstance(key.fileobj, socket.socket)
                if ended(key.fileobj):
                    selector.unregister(key.fileobj)
        return len(connections) - len(selector.get_map())


@pytest.mark.parametrize("sent", [HALF, b"", b"G"])
def test_requests_that_are_half_sent_do_not_stay_open(api: Api, sent: bytes) -> None:
    connections = [connect(api) for _ in range(MANY)]
    try:
        for connection in connections:
            connection.sendall(sent)
        assert api.http.get("/livez").status_code == 200
        assert closed(connections) == MANY
        assert api.http.get("/livez").status_code == 200
    finally:
        for connection in connections:
            connection.close()


def test_a_header_that_comes_byte_by_byte_takes_no_longer(api: Api) -> None:
    with connect(api) as connection:
        connection.sendall(HALF)
        with pytest.raises(OSError, match=r"Broken pipe|Connection reset"):
            send_for_ever(connection)


def send_for_ever(connection: socket.socket) -> None:
    deadline = time.monotonic() + LIMIT_S
    while time.monotonic() < deadline:
        connection.sendall(b"x")
        time.sleep(0.02)


def test_the_second_header_of_a_connection_has_a_limit_too(api: Api) -> None:
    with connect(api) as connection:
        connection.sendall(WHOLE)
        assert connection.recv(5000).startswith(b"HTTP/1.1 200")
        connection.sendall(HALF)
        assert closed([connection]) == 1


def test_a_body_may_take_its_time(api: Api) -> None:
    with connect(api) as connection:
        connection.sendall(b"POST /v1/jobs HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 2\r\n\r\n{")
        time.sleep(1)
        connection.sendall(b"}")
        assert connection.recv(5000).startswith(b"HTTP/1.1 422")
