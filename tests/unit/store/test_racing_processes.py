"""Processes that write into one directory at once, and are killed there."""

from __future__ import annotations

import os
import random
import subprocess
import sys
import time
from pathlib import Path

import pytest

from store.local import LocalStore
from store.partial import SWEEP_AFTER_S
from tests.unit.store.conftest import partial_files

PUT_FILE = """
import sys
from pathlib import Path
from store.local import LocalStore
LocalStore(Path(sys.argv[1])).put_file("big", Path(sys.argv[2]))
"""

PUT_FOR_EVER = """
import sys
from pathlib import Path
from store.local import LocalStore
store = LocalStore(Path(sys.argv[1]))
print("ready", flush=True)
while True:
    for letter in b"ab":
        store.put("folder/big", bytes([letter]) * 4_000_000)
        store.delete("folder/big")
"""

WIN_WHAT_YOU_CAN = """
import sys
from pathlib import Path
from jobs.errors import ObjectExists
from store.local import LocalStore
store = LocalStore(Path(sys.argv[1]))
print("ready", flush=True)
sys.stdin.readline()
for number in range(200):
    try:
        store.put(f"race/{number}", sys.argv[2].encode(), if_absent=True)
        print(number)
    except ObjectExists:
        pass
"""


def start(script: str, *arguments: object) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", script, *map(str, arguments)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


def wait_until_ready(process: subprocess.Popen[str]) -> None:
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"


def kill_in_mid_put(root: Path, source: Path) -> None:
    """Feed a put through a pipe, and kill it when some of the bytes are on the disk."""
    os.mkfifo(source)
    process = start(PUT_FILE, root, source)
    with source.open("wb", buffering=0) as pipe:
        pipe.write(bytes(3 << 20))
        while not any(path.stat().st_size for path in partial_files(root)):
            assert process.poll() is None
            time.sleep(0.01)
        process.kill()
        process.communicate()


def make_old(root: Path) -> None:
    for path in partial_files(root):
        old = time.time() - 2 * SWEEP_AFTER_S
        os.utime(path, (old, old))


@pytest.mark.kill
def test_a_writer_killed_half_way_leaves_the_object_as_it_was(tmp_path: Path) -> None:
    store = LocalStore(tmp_path / "store")
    store.put("big", b"before")
    kill_in_mid_put(store.root, tmp_path / "pipe")
    assert store.get("big") == b"before"
    assert [info.key for info in store.list("")] == ["big"]


@pytest.mark.kill
def test_what_a_killed_writer_left_is_swept_at_the_next_start(tmp_path: Path) -> None:
    store = LocalStore(tmp_path / "store")
    store.put("other", b"petal")
    kill_in_mid_put(store.root, tmp_path / "pipe")
    assert len(partial_files(store.root)) == 1
    make_old(store.root)
    LocalStore(store.root).self_test()
    assert partial_files(store.root) == []
    assert [info.key for info in store.list("")] == ["other"]


@pytest.mark.kill
def test_a_slow_writer_is_not_swept(tmp_path: Path) -> None:
    store, source = LocalStore(tmp_path / "store"), tmp_path / "pipe"
    store.put("other", b"petal")
    os.mkfifo(source)
    process = start(PUT_FILE, store.root, source)
    with source.open("wb", buffering=0) as pipe:
        pipe.write(bytes(1 << 20))
        while not any(path.stat().st_size for path in partial_files(store.root)):
            assert process.poll() is None
            time.sleep(0.01)
        make_old(store.root)
        store.self_test()
        pipe.write(b"end")
    process.communicate()
    assert process.returncode == 0
    assert store.head("big") is not None


@pytest.mark.kill
@pytest.mark.parametrize("seed", range(4))
def test_a_writer_killed_at_any_moment_leaves_whole_objects_only(tmp_path: Path, seed: int) -> None:
    store = LocalStore(tmp_path / "store")
    process = start(PUT_FOR_EVER, store.root)
    wait_until_ready(process)
    time.sleep(random.Random(seed).uniform(0, 0.1))
    process.kill()
    process.communicate()
    contents = [store.get(info.key) for info in store.list("")]
    assert all(content in {b"a" * 4_000_000, b"b" * 4_000_000} for content in contents)


def test_of_racing_processes_exactly_one_wins_each_key(tmp_path: Path) -> None:
    store = LocalStore(tmp_path / "store")
    racers = {name: start(WIN_WHAT_YOU_CAN, store.root, name) for name in ("ann", "bob", "cy")}
    for process in racers.values():
        wait_until_ready(process)
    for process in racers.values():
        assert process.stdin is not None
        process.stdin.write("\n")
        process.stdin.flush()
    won = {name: process.communicate()[0].split() for name, process in racers.items()}
    assert sorted(int(number) for numbers in won.values() for number in numbers) == list(range(200))
    for name, numbers in won.items():
        assert all(store.get(f"race/{number}") == name.encode() for number in numbers)


def test_put_and_delete_in_one_folder_do_not_disturb_each_other(tmp_path: Path) -> None:
    store = LocalStore(tmp_path / "store")
    process = start(PUT_FOR_EVER, store.root)
    wait_until_ready(process)
    try:
        for number in range(200):
            store.put(f"folder/{number}", b"", if_absent=True)
            store.delete(f"folder/{number}")
        assert process.poll() is None
    finally:
        process.kill()
        process.communicate()
