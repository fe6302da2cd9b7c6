"""What a local store says when its disk is full, gone or broken."""

from __future__ import annotations

import errno
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from jobs.errors import StoreUnavailable
from store import local
from store.key import InvalidKey
from store.local import LocalStore

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
