from __future__ import annotations

import errno
import os
import random
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

from jobs.errors import ObjectExists, StoreUnavailable
from store import local
from store.key import InvalidKey
from store.local import LocalStore
from store.partial import FOLDER, SWEEP_AFTER_S

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

FILL_THE_DISK = """
import subprocess, sys
from pathlib import Path
from jobs.errors import StoreUnavailable
from store.local import LocalStore
root = Path(sys.argv[1])
subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", root], check=True)
store = LocalStore(root)
store.put("small", b"petal")
for attempt in range(2):
    try:
        store.put("large", bytes(2 << 20))
    except StoreUnavailable as error:
        print(error)
print([info.key for info in store.list("")], store.get("small"), list((root / ".partial").iterdir()))
store.put("fits", bytes(900_000))
"""

WRITE_BEYOND_THE_LIMIT = """
import resource, sys
from pathlib import Path
from jobs.errors import StoreUnavailable
from store.local import LocalStore
root = Path(sys.argv[1])
store = LocalStore(root)
resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 20, 1 << 20))
try:
    store.put("large", bytes(2 << 20))
except StoreUnavailable as error:
    print(error)
print(list(store.list("")), list((root / ".partial").iterdir()))
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


def partial_files(root: Path) -> list[Path]:
    return list((root / FOLDER).iterdir())


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


def test_a_full_disk_is_said_and_nothing_half_written_stays(tmp_path: Path) -> None:
    own_mounts = ["unshare", "--user", "--map-root-user", "--mount"]
    if subprocess.run([*own_mounts, "mount", "-t", "tmpfs", "tmpfs", tmp_path], check=False).returncode:
        pytest.skip("this machine lets no test mount a small disk; the size limit below is tested everywhere")
    shown = subprocess.run(
        [*own_mounts, sys.executable, "-c", FILL_THE_DISK, tmp_path],
        capture_output=True,
        text=True,
        check=True,
    )
    full = f"the store at {tmp_path.as_uri()} is full: No space left on device"
    assert shown.stdout.splitlines() == [full, full, "['small'] b'petal' []"]


def test_a_file_over_the_size_limit_is_said_and_nothing_half_written_stays(tmp_path: Path) -> None:
    shown = subprocess.run(
        [sys.executable, "-c", WRITE_BEYOND_THE_LIMIT, tmp_path], capture_output=True, text=True, check=True
    )
    full = f"the store at {tmp_path.as_uri()} is full: File too large"
    assert shown.stdout.splitlines() == [full, "[] []"]


@pytest.mark.parametrize("root", ["/proc/florescope", "/dev/null", "/dev/null/florescope"])
def test_a_place_that_cannot_be_written_to_fails_the_start_up_check_in_one_line(root: str) -> None:
    with pytest.raises(StoreUnavailable, match=root) as failure:
        LocalStore(Path(root)).self_test()
    assert "\n" not in str(failure.value)


def test_a_disk_that_cannot_flush_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(folder: Path) -> None:
        raise OSError(errno.EIO, "Input/output error", str(folder))

    monkeypatch.setattr(local, "sync_file_system", refuse)
    store = LocalStore(tmp_path)
    store.put("petal", b"petal", flushed=False)
    with pytest.raises(StoreUnavailable, match="cannot be used"):
        store.flush()


def test_only_what_is_to_be_flushed_at_once_waits_for_the_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    synced = list[int]()
    monkeypatch.setattr(os, "fsync", synced.append)
    store = LocalStore(tmp_path)
    store.put("folder/first", b"petal")
    synced.clear()
    store.put("folder/second", b"petal", flushed=False)
    assert synced == []
    store.put("folder/third", b"petal")
    assert len(synced) == 2, "the file and its name"


def test_an_object_cannot_lie_below_another(tmp_path: Path) -> None:
    store = LocalStore(tmp_path)
    store.put("a", b"petal")
    for if_absent in (False, True):
        with pytest.raises(InvalidKey, match="a/b/c cannot be an object"):
            store.put("a/b/c", b"", if_absent=if_absent)
    assert store.get("a") == b"petal"


def test_an_object_cannot_replace_those_below_it(tmp_path: Path) -> None:
    store = LocalStore(tmp_path)
    store.put("a/b", b"petal")
    for if_absent in (False, True):
        with pytest.raises(InvalidKey, match="a cannot be an object"):
            store.put("a", b"", if_absent=if_absent)
    assert store.get("a/b") == b"petal"


@pytest.mark.parametrize("if_absent", [False, True])
def test_an_empty_folder_that_a_killed_writer_left_is_not_in_the_way(tmp_path: Path, if_absent: bool) -> None:
    store = LocalStore(tmp_path)
    (tmp_path / "a" / "b").mkdir(parents=True)
    store.put("a/b", b"petal", if_absent=if_absent)
    assert store.get("a/b") == b"petal"


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


def test_if_absent_says_so_when_the_key_is_taken(tmp_path: Path) -> None:
    store = LocalStore(tmp_path)
    store.put("a", b"petal")
    with pytest.raises(ObjectExists):
        store.put("a", b"", if_absent=True)
    assert partial_files(tmp_path) == []


def test_a_look_at_a_directory_that_is_gone_says_so(tmp_path: Path) -> None:
    store = LocalStore(tmp_path / "store")
    store.self_test()
    shutil.rmtree(store.root)
    with pytest.raises(StoreUnavailable, match=store.url):
        store.ping()


def test_a_name_that_this_file_system_has_not_is_no_outage(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise OSError(errno.ENAMETOOLONG, os.strerror(errno.ENAMETOOLONG))

    monkeypatch.setattr("store.local.move_into_place", refuse)
    with pytest.raises(InvalidKey, match=r"rose cannot be an object in .*too long"):
        LocalStore(tmp_path).put("rose", b"")
