"""The disk of the store is full, for real, while a whole stack is at work."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from store.local import LocalStore
from tests.faults.onlooker import Onlooker, assert_kept
from tests.services.light_explanations import light_spec, publish_light_model
from tests.services.light_stack import LightStack
from tests.services.redis_server import redis_server
from tests.services.stack import QUICK

pytestmark = pytest.mark.kill
ONE_EACH = ("api", "light", "finalize", "beat", "worker")
DISK_BYTES, PIECE_BYTES = 4 << 20, 4096


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """A small file system."""
    folder = tmp_path / "store"
    folder.mkdir()
    mount, umount = (shutil.which(name) or name for name in ("mount", "umount"))
    mounted = subprocess.run(
        [mount, "-t", "tmpfs", "-o", f"size={DISK_BYTES}", "tmpfs", folder], capture_output=True, check=False
    )
    if mounted.returncode:
        pytest.skip(f"no small file system can be made here: {mounted.stderr.decode().strip()}")
    try:
        yield folder
    finally:
        subprocess.run([umount, folder], check=True)


def fill(folder: Path) -> Path:
    """Leave no room; returns the file that takes it."""
    ballast = folder / "ballast"
    with ballast.open("wb", buffering=0) as file:
        while True:
            try:
                file.write(b"x" * PIECE_BYTES)
            except OSError:
                return ballast


def test_jobs_succeed_once_there_is_room_again(disk: Path, tmp_path: Path) -> None:
    store = LocalStore(disk)
    publish_light_model(store)
    with redis_server(tmp_path) as server, LightStack(tmp_path, server, {**QUICK}).running(ONE_EACH) as stack:
        with Onlooker(stack.url, store) as onlooker:
            for _ in range(2):
                onlooker.submit(6, image_ms=200)
            ballast = fill(disk)
            answer = stack.http.post(f"{stack.url}/v1/jobs", json=light_spec(4))
            assert (answer.status_code, answer.headers["content-type"]) == (503, "application/problem+json")
            assert "full" in answer.json()["detail"]
            onlooker.wait(limit_s=2)
            assert onlooker.unfinished()
            ballast.unlink()
            assert_kept(onlooker)
        assert stack.restart_dead() == []
