"""Names of projects: what belongs to one is seen by its own people alone."""

from __future__ import annotations

import json

DEFAULT_PROJECT = "default"
"""The project of everything that names none, such as documents of earlier releases."""
NO_PROJECT = ""
"""In place of a project that a damaged document does not tell: only keys of all projects see such a document."""
ALL_PROJECTS = "*"
PROJECT = r"^[a-z0-9]([a-z0-9-]{0,38}[a-z0-9])?$"
PROJECT_OR_ALL = rf"{PROJECT}|^\*$"
PROJECT_IN_WORDS = "1 to 40 letters a to z, digits and - between them"
PROJECT_MARK = "@"


def project_in(document: bytes) -> str:
    """The project that a stored document names, also one that a later release wrote; ``NO_PROJECT`` if none can be."""
    try:
        found = json.loads(document).get("project", DEFAULT_PROJECT)
    except (ValueError, AttributeError, RecursionError):
        return NO_PROJECT
    return found if isinstance(found, str) else NO_PROJECT


def project_of_folder(path: str) -> str:
    """The project of a folder of pictures, by its path below ``datasets/``: ``@rose/mine`` belongs to ``rose``."""
    first = path.partition("/")[0]
    return first.removeprefix(PROJECT_MARK) if first.startswith(PROJECT_MARK) else DEFAULT_PROJECT


def folder_prefix(project: str) -> str:
    """What the paths of a project's folders begin with, below ``datasets/``; nothing for the default project."""
    return "" if project == DEFAULT_PROJECT else f"{PROJECT_MARK}{project}/"


def data_set_folder(path: str) -> str:
    """The folder of a picture's path below ``datasets/``: the first name, or ``@project`` and the name behind it."""
    names = path.split("/")
    return "/".join(names[: 2 if names[0].startswith(PROJECT_MARK) else 1])


def is_data_set(path: str) -> bool:
    """Whether a path below ``datasets/`` names a whole data set: ``mine`` or ``@rose/mine`` do, ``@rose`` does not."""
    names = path.split("/")
    return all(names) and len(names) == (2 if names[0].startswith(PROJECT_MARK) else 1)
