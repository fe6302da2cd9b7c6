"""Builds the object keys of notices; ``jobs.keys`` draws the tree of the whole store."""

from __future__ import annotations

WAITING = "notices/waiting/"
SENT = "notices/sent/"


def channels(project: str) -> str:
    """Key of where a project is told that jobs are over."""
    return f"notices/channels/{project}.json"


def notice(project: str, notice_id: str) -> str:
    """Key of a notice."""
    return f"{notices(project)}{notice_id}.json"


def notices(project: str) -> str:
    """Prefix of all notices of a project, whose ids sort by time."""
    return f"{SENT}{project}/"


def waiting(project: str, notice_id: str) -> str:
    """Key that exists while a notice is to be sent."""
    return f"{WAITING}{project}/{notice_id}"


def waiting_notice(key: str) -> tuple[str, str]:
    """Project and id of the notice that a ``notices/waiting/`` key names."""
    project, _, notice_id = key.removeprefix(WAITING).partition("/")
    return project, notice_id
