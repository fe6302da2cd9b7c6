"""Downloads one file: skipped if complete, else downloaded to a ``.part`` file, checked, and renamed.

An interrupted download is resumed from the bytes that were already received.
"""

from __future__ import annotations

import hashlib
import threading
import time
from pathlib import Path
from weakref import WeakValueDictionary

from florescope.download.remote_file import RemoteFile
from florescope.download.safe_path import safe_path
from florescope.errors import ApiUnreachable, DownloadIncomplete
from florescope.http.connection import Connection
from florescope.http.request_quota import patiently
from jobs.names.file_name import MAX_SEGMENT_BYTES

TRIES = 3
PAUSE_S = 0.5
_held: WeakValueDictionary[Path, threading.Lock] = WeakValueDictionary()
_guard = threading.Lock()


def fetch_file(connection: Connection, file: RemoteFile, folder: Path) -> bool:
    """Download a file to ``folder/name``; False if it is already there, complete.

    Of several threads that want the same file, one downloads it, and the others wait.

    Raises:
        UnsafeName: the name leads out of the folder.
        DownloadIncomplete: the received bytes do not have the expected size and SHA-256.
        ApiUnreachable: no answer, after several tries.
    """
    path = safe_path(folder, file.name)
    with _lock_of(path):
        if is_complete(path, file):
            return False
        path.parent.mkdir(parents=True, exist_ok=True)
        _fetch(connection, file, path)
    return True


def _lock_of(path: Path) -> threading.Lock:
    """The same for all threads that name this path at the same time."""
    with _guard:
        return _held.setdefault(path.resolve(), threading.Lock())


def _fetch(connection: Connection, file: RemoteFile, path: Path) -> None:
    partial = path.with_name(partial_name(path.name))
    for left in reversed(range(TRIES)):
        try:
            patiently(lambda: _download(connection, file, partial))
            break
        except (ApiUnreachable, DownloadIncomplete):
            if not left:
                raise
            time.sleep(PAUSE_S)
    partial.replace(path)


def partial_name(name: str) -> str:
    """What a file is called while it is downloaded; a name that leaves no room for a suffix gives its digest."""
    partial = f"{name}.part"
    if len(partial.encode()) <= MAX_SEGMENT_BYTES:
        return partial
    return f"{hashlib.sha256(name.encode()).hexdigest()}.part"


def is_complete(path: Path, file: RemoteFile) -> bool:
    """Whether the file exists with the expected size and SHA-256."""
    if not path.is_file() or path.stat().st_size != file.size:
        return False
    with path.open("rb") as source:
        return hashlib.file_digest(source, "sha256").hexdigest() == file.sha256


def _download(connection: Connection, file: RemoteFile, partial: Path) -> None:
    have = partial.stat().st_size if partial.is_file() else 0
    if have != file.size or not have:
        _receive(connection, file, partial, have if have < file.size else 0)
    with partial.open("rb") as source:
        sha256 = hashlib.file_digest(source, "sha256").hexdigest()
        size = source.tell()
    if (size, sha256) != (file.size, file.sha256):
        partial.unlink()
        raise DownloadIncomplete(
            f"{file.name}: got {size} bytes with SHA-256 {sha256[:12]}…, expected {file.size} with {file.sha256[:12]}…"
        )


def _receive(connection: Connection, file: RemoteFile, partial: Path, have: int) -> None:
    """Request the bytes after the first ``have``; a server may send the whole file instead."""
    headers = {"Accept-Encoding": "identity"}
    if have:
        headers |= {"Range": f"bytes={have}-", "If-Range": f'"{file.sha256}"'}
    with connection.stream(file.address, headers=headers) as response:
        goes_on = response.headers.get("content-range", "").startswith(f"bytes {have}-")
        with partial.open("ab" if goes_on else "wb") as target:
            for chunk in response.iter_bytes():  # as they arrive: bytes that wait in a buffer would be lost
                target.write(chunk)
