"""A small but real API: FastAPI on uvicorn in a thread, with jobs that tests write down."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest
import uvicorn

from cli.client.api_client import ApiClient
from cli.main import main
from tests.unit.cli.fake_api import FakeApi
from tests.unit.cli.fake_routes import make_app


@pytest.fixture
def api() -> Iterator[FakeApi]:
    fake = FakeApi()
    with socket.create_server(("127.0.0.1", 0)) as listener:
        fake.url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        server = uvicorn.Server(uvicorn.Config(make_app(fake), log_level="error", lifespan="off"))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
        thread.start()
        yield fake
        server.should_exit = True
        thread.join(10)


@pytest.fixture
def client(api: FakeApi) -> Iterator[ApiClient]:
    with ApiClient(api.url) as made:
        yield made


@dataclass(frozen=True)
class Ran:
    """What a command did."""

    code: int
    out: str
    err: str


@pytest.fixture
def florescope(api: FakeApi, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Callable[..., Ran]:
    """Runs a command against the API."""

    def run(*words: str) -> Ran:
        monkeypatch.setenv("FLORESCOPE_API_URL", api.url)
        monkeypatch.setattr("sys.argv", ["florescope", *words])
        with pytest.raises(SystemExit) as end:
            main()
        said = capsys.readouterr()
        return Ran(int(end.value.code or 0), said.out, said.err)

    return run
