"""What somebody may do in a project."""

from __future__ import annotations

from enum import StrEnum


class Role(StrEnum):
    """A role may do all that those before it may.

    Attributes:
        VIEWER: reads.
        SUBMITTER: submits and cancels jobs, sends pictures and model files.
        OPERATOR: looks after queues and workers.
        ADMIN: makes keys, sets quotas and reads the audit log.
    """

    VIEWER = "viewer"
    SUBMITTER = "submitter"
    OPERATOR = "operator"
    ADMIN = "admin"

    def may(self, least: Role) -> bool:
        """Whether this role is ``least`` or more."""
        return _ORDER.index(self) >= _ORDER.index(least)


_ORDER = tuple(Role)
