"""Lists the files of a folder tree as keys, in key order."""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from store.base import ObjectInfo
from store.folder import LinkInTheWay, refuse_links
from store.key import is_legal_key


def walk(root: Path, prefix: str, after: str) -> Iterator[ObjectInfo]:
    """Files below ``root`` whose key starts with ``prefix`` and is greater than ``after``, in key order.

    Only folders that can hold such keys are read, one at a time.
    """
    top = prefix.rpartition("/")[0]
    try:
        refuse_links(root, top)
    except LinkInTheWay:
        return iter(())
    return _walk(root, f"{top}/" if top else "", prefix, after)


def _walk(root: Path, folder: str, prefix: str, after: str) -> Iterator[ObjectInfo]:
    for name in _names(root / folder):
        key = folder + name
        if key.startswith("."):  # reserved for the store
            continue
        if name.endswith("/"):
            if _may_hold(key, prefix, after):
                yield from _walk(root, key, prefix, after)
        elif key.startswith(prefix) and key > after and is_legal_key(key):
            info = _info(root, key)
            if info is not None:
                yield info


def _names(folder: Path) -> list[str]:
    """Names in a folder, folders with a '/' at the end, so that sorting them sorts the keys below; no links."""
    try:
        with os.scandir(folder) as entries:
            own = [entry for entry in entries if not entry.is_symlink()]
            return sorted(f"{entry.name}/" if entry.is_dir() else entry.name for entry in own)
    except (FileNotFoundError, NotADirectoryError):
        return []


def _may_hold(folder: str, prefix: str, after: str) -> bool:
    in_prefix = folder.startswith(prefix) or prefix.startswith(folder)
    return in_prefix and (folder > after or after.startswith(folder))


def _info(root: Path, key: str) -> ObjectInfo | None:
    try:
        status = (root / key).stat()
    except FileNotFoundError:  # deleted since the folder was read
        return None
    return ObjectInfo(key, status.st_size, modified_at=datetime.fromtimestamp(status.st_mtime, UTC))
