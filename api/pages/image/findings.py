"""Looks up what an audit says of one image: findings that name it, and the training images most like it."""

from __future__ import annotations

from dataclasses import dataclass

from api.backend import Backend
from api.pages.sections import FINDINGS
from jobs.errors import ObjectNotFound
from jobs.job import Job
from jobs.results.finding import TITLES, ByExample, Finding, Findings
from jobs.results.verdicts.audit_verdict import finding_id


@dataclass(frozen=True)
class NamedBy:
    """A finding that names the image; ``anchor`` is its place on the page of the audit."""

    finding: Finding
    title: str
    anchor: str


@dataclass(frozen=True)
class AuditedImage:
    """What the audit says of the image; ``explanation`` is the job that has its maps."""

    audit_id: str
    named_by: tuple[NamedBy, ...]
    by_example: ByExample | None
    explanation: str | None


def audited_image(backend: Backend, job: Job, image_id: str) -> AuditedImage | None:
    """By the job itself, or by an audit of the same model and images; None where there is none, or it is not over."""
    audit_id = backend.audits.find(job)
    file = backend.reports.file(audit_id, FINDINGS) if audit_id else None
    if audit_id is None or file is None:
        return None
    try:
        found = Findings.decode(backend.store.get(file.key))
    except ObjectNotFound:
        return None
    return AuditedImage(
        audit_id=audit_id,
        named_by=tuple(_naming(found, image_id)),
        by_example=next((each for each in found.by_example if each.image_id == image_id), None),
        explanation=found.explanation,
    )


def _naming(found: Findings, image_id: str) -> list[NamedBy]:
    return [
        NamedBy(each, TITLES[each.verdict], finding_id(number))
        for number, each in enumerate(found.findings)
        if image_id in each.image_ids or any(image_id == one.image_id for one in each.evidence)
    ]
