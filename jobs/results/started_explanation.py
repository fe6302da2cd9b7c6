"""Which explanation an audit has started."""

from __future__ import annotations

from jobs.value import Document


class StartedExplanation(Document):
    """Written before the explanation is submitted, so that every later look finds the same one.

    Attributes:
        job_id: of the audit.
        explanation: the job that explains its images.
    """

    job_id: str
    explanation: str
