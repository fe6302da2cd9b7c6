"""From the name of a file, as another machine gives it, to a path that stays in the folder."""

from __future__ import annotations

from pathlib import Path

from cli.errors import DownloadIncomplete

FORBIDDEN = frozenset("\0\\")


class UnsafeName(DownloadIncomplete):
    """This name cannot be a file below the folder."""


def safe_path(folder: Path, name: str) -> Path:
    """The path of ``name`` below ``folder``.

    Raises:
        UnsafeName: the name is absolute, climbs out, is not printable, or a link on the way leads elsewhere.
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
