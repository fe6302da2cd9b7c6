"""Builds the object keys of what is kept, archived and deleted; ``jobs.keys`` draws the tree of the whole store."""

from __future__ import annotations

DELETIONS_PREFIX = "deletions/"
ARCHIVED_PREFIX = "archived/"
RETENTION_PREFIX = "identity/retention/"
SHARED_RETENTION = "identity/shared_retention.json"
USAGE = "usage.json"


def deletion(kind: str, name: str) -> str:
    """Key of what is known of a deleted thing."""
    return f"{DELETIONS_PREFIX}{kind}/{name}.json"


def archived(kind: str, name: str) -> str:
    """Key that exists while a thing is archived."""
    return f"{ARCHIVED_PREFIX}{kind}/{name}"


def retention(project: str) -> str:
    """Key of how long what a project has is kept."""
    return f"{RETENTION_PREFIX}{project}.json"
