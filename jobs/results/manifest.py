"""The final index of a job: every report by its digest, and the files of the job as a whole.

The images stand in ``images.parquet``, one of these files; 0.1.0 listed them here.
"""

from __future__ import annotations

import hashlib
from datetime import datetime

from jobs.models.artifact import Artifact
from jobs.results.record import Outcome
from jobs.results.report import Report
from jobs.value import Document, Value


class ReportEntry(Value):
    """The commit marker of one step."""

    step: str
    attempt: str
    key: str
    size: int
    sha256: str


class ImageEntry(Value):
    """One image, and the step whose report tells the rest: as 0.1.0 listed them."""

    image_id: str
    step: str
    outcome: Outcome


class Manifest(Document):
    """The index of a job's images, reports and files; written once.

    Attributes:
        question: what the results answer, in words, where the kind of job has such a question.
        files: those of the job as a whole.
    """

    job_id: str
    kind: str
    question: str = ""
    created_at: datetime
    complete: bool
    reports: tuple[ReportEntry, ...]
    files: tuple[Artifact, ...] = ()
    images: tuple[ImageEntry, ...] = ()


def entry(report: Report, *, key: str, data: bytes) -> ReportEntry:
    """The index entry of a report, with the digest of its stored bytes."""
    return ReportEntry(
        step=report.step,
        attempt=report.attempt,
        key=key,
        size=len(data),
        sha256=hashlib.sha256(data).hexdigest(),
    )
