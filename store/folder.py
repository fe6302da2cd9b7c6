"""Moves complete files into place, while other processes may delete empty folders."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

from store.partial import sync_folder

TRIES = 20  # a deletion elsewhere may remove the empty folder that is about to be written to


class FolderInTheWay(Exception):
    """A folder has the name of the file, or a file has the name of its folder."""


class LinkInTheWay(FileNotFoundError):
    """A symbolic link leads from the store to who knows where: it is not followed."""


def refuse_links(root: Path, key: str) -> None:
    """Let a path pass that leads through no symbolic link below ``root``.

    Raises:
        LinkInTheWay: it does.
    """
    path = str(root)
    for part in key.split("/"):
        path = f"{path}/{part}"
        if os.path.islink(path):  # noqa: PTH114  (called for each access, and a Path per folder takes longer)
            raise LinkInTheWay(f"{path} is a symbolic link, and the store follows none")


def move_into_place(partial: Path, target: Path, *, replace: bool, flushed: bool = True) -> None:
    """Rename a complete file to ``target`` atomically; ``flushed``: also make sure that it survives a power cut.

    Raises:
        FileExistsError: ``target`` exists and is not to be replaced.
        FolderInTheWay: ``target`` cannot be a file.
    """
    for _ in range(TRIES):
        try:
            _make_folder(target.parent)
            _move(partial, target, replace=replace)
        except FileNotFoundError:
            continue
        except IsADirectoryError:
            _remove_empty(target)
            continue
        if flushed:
            with suppress(FileNotFoundError):
                sync_folder(target.parent)
        return
    raise FileNotFoundError(f"the folder {target.parent} was removed again and again")


def write_new(target: Path, data: bytes) -> bool:
    """Write a file in its place at once, if its folder is there and nothing has its name; False if not.

    That is half the work of writing it elsewhere and moving it. What could not be written to its end is removed, unless
    another writer has meanwhile put a complete file in its place.
    """
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC
    try:
        descriptor = os.open(target, flags, 0o666)
    except (FileExistsError, FileNotFoundError, NotADirectoryError):
        return False
    begun = os.fstat(descriptor)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
    except BaseException:
        with suppress(FileNotFoundError):
            if os.path.samestat(begun, target.stat()):
                target.unlink()
        raise
    return True


def remove_empty_folders(folder: Path, root: Path) -> None:
    """Remove a folder and its parents below ``root`` while they are empty."""
    while folder != root:
        try:
            folder.rmdir()
        except OSError:  # not empty, or removed by another process
            return
        folder = folder.parent


def _make_folder(folder: Path) -> None:
    if folder.is_dir():
        return
    _make_folder(folder.parent)
    try:
        folder.mkdir()
    except FileExistsError:
        if folder.is_file():
            raise FolderInTheWay(f"{folder} is an object, so nothing can lie below it") from None
    sync_folder(folder.parent)


def _move(partial: Path, target: Path, *, replace: bool) -> None:
    if replace:
        partial.replace(target)
        return
    try:
        os.link(partial, target)
    except FileExistsError:
        if target.is_dir():
            raise IsADirectoryError(target) from None
        raise


def _remove_empty(folder: Path) -> None:
    try:
        folder.rmdir()
    except FileNotFoundError:
        return
    except OSError:
        raise FolderInTheWay(f"other objects lie below {folder}/") from None
