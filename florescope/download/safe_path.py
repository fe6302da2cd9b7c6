"""Converts a file name from another machine to a path that stays inside a folder."""

from __future__ import annotations

from pathlib import Path

from florescope.errors import UnsafeName
from jobs.names.file_name import name_problem


def safe_path(folder: Path, name: str) -> Path:
    r"""The path of ``name`` below ``folder``.

    Raises:
        UnsafeName: ``jobs.names.file_name`` refuses it, a part of it is more than a file name on this machine
            (as ``a\b`` is on Windows), or a symbolic link leads out of the folder.
    """
    problem = name_problem(name)
    if problem is not None:
        raise UnsafeName(f"{name!r} {problem}")
    parts = name.split("/")
    if any(Path(part).name != part for part in parts):
        raise UnsafeName(f"{name!r} is not a safe file name")
    path = folder.joinpath(*parts)
    if not path.resolve().is_relative_to(folder.resolve()):
        raise UnsafeName(f"{name!r} leads out of {folder}")
    return path
