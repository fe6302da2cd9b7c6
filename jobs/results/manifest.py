"""Builds the final index of a job: every image exactly once, every report with its digest."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import datetime

from jobs.errors import Corrupt
from jobs.models.artifact import Artifact
from jobs.plan import Plan
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
    """One image, and the step whose report has its record."""

    image_id: str
    step: str
    outcome: Outcome


class Manifest(Document):
    """The index of a job's images, reports and files; written once. ``files`` belong to the job as a whole."""

    job_id: str
    kind: str
    created_at: datetime
    complete: bool
    images: tuple[ImageEntry, ...]
    reports: tuple[ReportEntry, ...]
    files: tuple[Artifact, ...] = ()

    def counts(self) -> dict[str, int]:
        """Number of images per outcome."""
        return dict(Counter(entry.outcome.value for entry in self.images))


def entry(report: Report, *, key: str, data: bytes) -> ReportEntry:
    """The index entry of a report, with the digest of its stored bytes."""
    return ReportEntry(
        step=report.step,
        attempt=report.attempt,
        key=key,
        size=len(data),
        sha256=hashlib.sha256(data).hexdigest(),
    )


def merge(
    plan: Plan,
    reports: Mapping[str, tuple[ReportEntry, Report]],
    *,
    created_at: datetime,
    files: tuple[Artifact, ...] = (),
    strict: bool = True,
) -> Manifest:
    """Combine the reports of a plan's steps, in the plan's order.

    Args:
        strict: check the reports; False for a job that failed, whose index may be incomplete.

    Raises:
        Corrupt: an image is in two reports, or a report does not cover its shard.
    """
    present = [reports[step] for step in plan.steps if step in reports]
    images = tuple(
        ImageEntry(image_id=record.image_id, step=report.step, outcome=record.outcome)
        for _, report in present
        for record in report.records
    )
    if strict:
        _check(plan, (report for _, report in present), images)
    return Manifest(
        job_id=plan.job_id,
        kind=plan.kind,
        created_at=created_at,
        complete=len(present) == len(plan.steps),
        images=images,
        reports=tuple(entry for entry, _ in present),
        files=files,
    )


def _check(plan: Plan, reports: Iterable[Report], images: tuple[ImageEntry, ...]) -> None:
    twice = [image_id for image_id, count in Counter(entry.image_id for entry in images).items() if count > 1]
    if twice:
        raise Corrupt(f"job {plan.job_id}: images in more than one place: {', '.join(twice[:5])}")
    for report in reports if plan.shards else ():
        expected = plan.shard(report.step).size
        if len(report.records) != expected:
            raise Corrupt(
                f"job {plan.job_id}: {report.step} reports {len(report.records)} images, its shard has {expected}"
            )
