"""An event of the audit log."""

from __future__ import annotations

from datetime import datetime

from jobs.value import Document


class AuditEvent(Document):
    """Who did what, when, on what.

    Attributes:
        id: sorts by time.
        who: name of the key.
        key_id: of the key, with or without a session.
        action: method and address, its parts by name, such as ``POST /v1/jobs/{job_id}:cancel``.
        target: the address that was asked for.
        project: that it was about; empty where it was about none.
        status: of the answer: 403 and 429 are attempts.
        client: address that the request came from; of a proxy, where there is one.
    """

    id: str
    at: datetime
    who: str
    key_id: str
    role: str
    action: str
    target: str
    project: str
    status: int
    client: str = ""
