"""The API in a process of its own, over a store whose overlays are all one picture."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import uvicorn

from api.app import create_app
from bench.scale.fake_job import PICTURE
from dispatch.connection import connect
from store.local import LocalStore
from tests.services.ports import free_port

_START_LIMIT_S = 60.0
_NO_BROKER = "redis://127.0.0.1:1/0"


class OnePictureStore(LocalStore):
    """Has one picture for all overlays."""

    def stream(self, key: str, *, start: int = 0, stop: int | None = None) -> Iterator[bytes]:
        """Read from the store; for an overlay, give the one picture."""
        return iter([PICTURE[start:stop]]) if key.endswith(".jpg") else super().stream(key, start=start, stop=stop)


@dataclass(frozen=True)
class Server:
    """A process that answers."""

    url: str
    process_id: int

    def cpu_s(self) -> float:
        """Processor seconds that it has used, in all its threads."""
        fields = Path(f"/proc/{self.process_id}/stat").read_text().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


@contextmanager
def serving(root: Path) -> Iterator[Server]:
    """Start it, and wait until it answers."""
    port = free_port()
    process = subprocess.Popen([sys.executable, "-m", "bench.page.serving", str(root), str(port)])
    try:
        _wait(f"http://127.0.0.1:{port}", process)
        yield Server(f"http://127.0.0.1:{port}", process.pid)
    finally:
        process.terminate()
        process.wait(timeout=_START_LIMIT_S)


def _wait(url: str, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + _START_LIMIT_S
    while True:
        try:
            httpx.get(f"{url}/livez").raise_for_status()
        except httpx.HTTPError:
            if process.poll() is not None or time.monotonic() > deadline:
                raise
            time.sleep(0.1)
        else:
            return


def main() -> None:
    """Serve the store in a folder on a port, both named on the command line."""
    root, port = sys.argv[1:]
    broker = connect(redis_url=_NO_BROKER)  # pages of images need none
    app = create_app(store=OnePictureStore(Path(root)), board=broker.board, queue=broker.queue)
    uvicorn.run(app, port=int(port), log_level="error")


if __name__ == "__main__":
    main()
