"""What is stored of an Idempotency-Key."""

from __future__ import annotations

from jobs.value import Document


class IdempotencyNote(Document):
    """Which job an Idempotency-Key made, and from which specification."""

    job_id: str
    spec_sha256: str
