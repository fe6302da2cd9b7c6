"""One file: skipped if it is there, else downloaded beside its place, checked, and renamed into it."""

from __future__ import annotations

import hashlib
import time
from pathlib import Path

from cli.client.api_client import ApiClient
from cli.download.remote_file import RemoteFile
from cli.download.safe_path import safe_path
from cli.errors import ApiUnreachable, DownloadIncomplete

TRIES = 3
PAUSE_S = 0.5
CHUNK_BYTES = 1 << 20


def fetch_file(api: ApiClient, file: RemoteFile, folder: Path) -> bool:
    """Make ``folder/name`` hold the file's bytes; False if it did already.

    Raises:
        UnsafeName: the name leads out of the folder.
        DownloadIncomplete: what came is not what the job made.
        ApiUnreachable: no answer, after several tries.
    """
    path = safe_path(folder, file.name)
    if is_complete(path, file):
        return False
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f"{path.name}.part")
    for left in reversed(range(TRIES)):
        try:
            _download(api, file, partial)
            break
        except (ApiUnreachable, DownloadIncomplete):
            if not left:
                raise
            time.sleep(PAUSE_S)
    partial.replace(path)
    return True


def is_complete(path: Path, file: RemoteFile) -> bool:
    """Whether the file is there with the right size and SHA-256."""
    if not path.is_file() or path.stat().st_size != file.size:
        return False
    with path.open("rb") as source:
        return hashlib.file_digest(source, "sha256").hexdigest() == file.sha256


def _download(api: ApiClient, file: RemoteFile, partial: Path) -> None:
    digest, size = hashlib.sha256(), 0
    try:
        with api.stream(file.address) as response, partial.open("wb") as target:
            for chunk in response.iter_bytes(CHUNK_BYTES):
                digest.update(chunk)
                size += target.write(chunk)
        if (size, digest.hexdigest()) != (file.size, file.sha256):
            raise DownloadIncomplete(
                f"{file.name}: got {size} bytes with SHA-256 {digest.hexdigest()[:12]}…, "
                f"expected {file.size} with {file.sha256[:12]}…"
            )
    except BaseException:
        partial.unlink(missing_ok=True)
        raise
