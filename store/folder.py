"""Putting a complete file in its place, while others delete folders around it."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

from store.partial import sync_folder

TRIES = 20  # a deletion elsewhere may remove the empty folder that is about to be written to


class FolderInTheWay(Exception):
    """A folder lies where the file should go, or a file where its folder should."""


def move_into_place(partial: Path, target: Path, *, replace: bool, flushed: bool = True) -> None:
    """Give a complete file its name, in one step that a crash cannot halve; ``flushed``: one that a power cut keeps.

    Raises:
        FileExistsError: ``target`` is there and was not to be replaced.
        FolderInTheWay: the name can never be given.
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
    raise FileNotFoundError(f"the folder {target.parent} keeps vanishing")


def remove_empty_folders(folder: Path, root: Path) -> None:
    """Remove a folder and those above it, below ``root``, as far as they are empty."""
    while folder != root:
        try:
            folder.rmdir()
        except OSError:  # not empty, or somebody else was faster
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
