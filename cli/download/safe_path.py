"""Converts a file name from another machine to a path that stays inside a folder."""

from __future__ import annotations

from pathlib import Path

from cli.errors import DownloadIncomplete

FORBIDDEN = frozenset("\0\\")


class UnsafeName(DownloadIncomplete):
    """The name is not a safe file name inside the folder."""


def safe_path(folder: Path, name: str) -> Path:
    """The path of ``name`` below ``folder``.

    Raises:
        UnsafeName: the name is absolute, contains ``..``, is not printable, or a symbolic link leads out of the folder.
    """
    parts = name.split("/")
    if any(part in {"", ".", ".."} for part in parts) or not FORBIDDEN.isdisjoint(name):
        raise UnsafeName(f"{name!r} is not a safe file name")
    if not all(letter.isprintable() for letter in name):
        raise UnsafeName(f"{name!r} holds control characters")
    path = folder.joinpath(*parts)
    if not path.resolve().is_relative_to(folder.resolve()):
        raise UnsafeName(f"{name!r} leads out of {folder}")
    return path
