"""Builds the object keys of who may do what, and of who did what; ``jobs.keys`` draws the tree of the whole store."""

from __future__ import annotations

API_KEYS_PREFIX = "identity/keys/"
SESSION_SECRET = "identity/session_secret"  # noqa: S105  (where it lies)
WEIGHTS_PREFIX = "identity/weights/"
AUDIT_PREFIX = "audit/"


def api_key(key_id: str) -> str:
    """Key of what is stored of an API key."""
    return f"{API_KEYS_PREFIX}{key_id}.json"


def project_quota(project: str) -> str:
    """Key of what a project may do."""
    return f"identity/quotas/{project}.json"


def project_weight(project: str) -> str:
    """Key of the share of a project."""
    return f"{WEIGHTS_PREFIX}{project}.json"


def audit_event(date: str, event_id: str) -> str:
    """Key of an event of the audit log; ids sort by time."""
    return f"{audit_day(date)}{event_id}.json"


def audit_day(date: str) -> str:
    """Prefix of the events of a day."""
    return f"{AUDIT_PREFIX}{date}/"
