"""Another server at the address: one that speaks JSON, a page, or the errors of a proxy."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

import pytest

from florescope.client import Client
from florescope.errors import ApiUnreachable, NotFound, Refused
from tests.services.http_server import http_server


class OtherServer(BaseHTTPRequestHandler):
    """Gives the same answer to everything."""

    server: Any

    def log_message(self, *_: Any) -> None:
        """Say nothing."""

    def do_GET(self) -> None:
        self.rfile.read(int(self.headers.get("content-length", 0)))
        status, kind, body = self.server.answer
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_POST = do_PUT = do_DELETE = do_GET  # noqa: N815  (names of the standard library)


@pytest.fixture
def other() -> Iterator[Any]:
    with http_server(OtherServer) as server:
        yield server


@pytest.fixture
def misled(other: Any) -> Iterator[Client]:
    with Client(f"http://127.0.0.1:{other.server_port}") as client:
        yield client


CALLS: dict[str, Callable[[Client], object]] = {
    "jobs": Client.jobs,
    "models": Client.models,
    "model": lambda client: client.model("m"),
    "datasets": Client.datasets,
    "methods": Client.methods,
    "queues": Client.queues,
    "channels": Client.channels,
    "usage": lambda client: client.housekeeping.usage(),
    "archive": lambda client: client.housekeeping.archive("model:m"),
    "delete": lambda client: client.housekeeping.delete("model:m"),
    "retention": lambda client: client.housekeeping.retention("rose"),
    "picture": lambda client: client.put_picture("mine/1.jpg", b"..."),
}


@pytest.mark.parametrize("body", [b"{}", b'{"items": null}', b'{"items": [1]}'])
@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)
def test_json_of_another_server_is_not_believed(
    other: Any, misled: Client, call: Callable[[Client], object], body: bytes
) -> None:
    other.answer = (200, "application/json", body)
    with pytest.raises(ApiUnreachable, match="is not a Florescope API"):
        call(misled)


def test_a_page_is_not_saved_as_a_job(other: Any, misled: Client, tmp_path: Path) -> None:
    other.answer = (200, "text/html; charset=utf-8", b"<title>Sign in</title>")
    with pytest.raises(ApiUnreachable, match="gave a page"):
        misled.housekeeping.export_job("j1", tmp_path / "job.tar")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("body", [b"<title>nginx</title>", b'{"errors": 5}', b"[]", b"\xff"])
def test_an_error_that_no_api_gave_names_the_address(other: Any, misled: Client, body: bytes) -> None:
    other.answer = (403, "text/html", body)
    with pytest.raises(Refused, match="403 Forbidden, not as a Florescope API does") as refused:
        misled.jobs()
    assert misled.url in str(refused.value)


@pytest.mark.parametrize("name", ["", ".", ".."])
def test_a_name_never_leads_to_the_address_of_something_else(other: Any, misled: Client, name: str) -> None:
    other.answer = (200, "application/json", b'{"items": [], "checkpoint": {}, "weight": 2}')
    with pytest.raises(NotFound, match="nothing of the name"):
        misled.model(name)
    with pytest.raises(NotFound, match="nothing of the name"):
        misled.set_weight(name, 2)
    with pytest.raises(NotFound, match="nothing of the name"):
        misled.housekeeping.delete(f"model:m/{name}/j1")
