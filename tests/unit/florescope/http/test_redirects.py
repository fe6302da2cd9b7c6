"""An address that leads elsewhere: to the API at another address, or to the page of a proxy to sign in on."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

import pytest

from florescope.client import Client
from florescope.errors import ApiUnreachable
from tests.services.fake_api import FakeApi
from tests.services.http_server import http_server

PAGE = b"<!doctype html><title>Sign in</title>"


class Proxy(BaseHTTPRequestHandler):
    """Redirects all but its page of signing in; what the server is told says how, and where to."""

    server: Any

    def log_message(self, *_: Any) -> None:
        """Say nothing."""

    def do_GET(self) -> None:
        self.rfile.read(int(self.headers.get("content-length", 0)))
        shown = self.path == "/sign-in"
        self.send_response(200 if shown else self.server.status)
        self.send_header("Content-Type", "text/html")
        self.send_header("Content-Length", str(len(PAGE) if shown else 0))
        if not shown:
            self.send_header("Location", self.server.leads_to(self.path))
        self.end_headers()
        if shown and self.command != "HEAD":
            self.wfile.write(PAGE)

    do_POST = do_PUT = do_DELETE = do_HEAD = do_GET  # noqa: N815  (names of the standard library)


@pytest.fixture
def proxy() -> Iterator[Any]:
    with http_server(Proxy, status=302, leads_to=lambda _: "/sign-in") as server:
        yield server


@pytest.fixture
def behind(proxy: Any) -> Iterator[Client]:
    with Client(f"http://127.0.0.1:{proxy.server_port}") as client:
        yield client


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "model.keras"
    path.write_bytes(b"a model")
    return path


CALLS: dict[str, Callable[[Client, Path], object]] = {
    "jobs": lambda client, _: client.jobs(),
    "submit": lambda client, _: client.submit({"kind": "train"}),
    "picture": lambda client, _: client.put_picture("mine/rose/1.jpg", b"picture"),
    "channel": lambda client, _: client.channels("rose").remove("chat"),
    "upload": lambda client, file: client.upload(file),
    "export": lambda client, file: client.housekeeping.export_job("j1", file.with_name("job.tar")),
}


@pytest.mark.parametrize("name", CALLS)
@pytest.mark.parametrize("status", [302, 303, 307, 308])
def test_a_page_that_has_people_sign_in_is_not_taken_for_the_api(
    behind: Client, proxy: Any, file: Path, name: str, status: int
) -> None:
    proxy.status = status
    with pytest.raises(ApiUnreachable, match="/sign-in"):
        CALLS[name](behind, file)
    assert list(file.parent.iterdir()) == [file]


@pytest.mark.parametrize("name", CALLS)
def test_an_address_that_leads_in_a_circle_is_no_api(behind: Client, proxy: Any, file: Path, name: str) -> None:
    proxy.leads_to = lambda path: path
    with pytest.raises(ApiUnreachable, match="redirect"):
        CALLS[name](behind, file)


@pytest.mark.parametrize("name", ["jobs", "submit", "picture"])
def test_the_api_is_found_where_its_address_leads_to_another_one(
    api: FakeApi, behind: Client, proxy: Any, file: Path, name: str
) -> None:
    proxy.status, proxy.leads_to = 308, lambda path: f"{api.url}{path}"
    CALLS[name](behind, file)


def test_an_upload_to_an_address_that_leads_to_another_one_says_which(
    api: FakeApi, behind: Client, proxy: Any, file: Path
) -> None:
    proxy.status, proxy.leads_to = 308, lambda path: f"{api.url}{path}"
    with pytest.raises(ApiUnreachable, match=api.url):
        behind.upload(file)


def test_a_submission_that_a_redirect_turns_into_a_question_is_refused(
    api: FakeApi, behind: Client, proxy: Any
) -> None:
    proxy.status, proxy.leads_to = 301, lambda path: f"{api.url}{path}"
    with pytest.raises(ApiUnreachable, match=api.url):
        behind.submit({"kind": "train"})
    assert api.specs == []
