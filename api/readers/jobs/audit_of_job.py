"""Finds the audit of the model and the images that another job is about."""

from __future__ import annotations

import time
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice

from api.http.caller import current_caller
from api.readers.jobs.job_query import JobQuery
from api.readers.jobs.job_reader import JobReader
from api.readers.report_reader import ReportReader
from api.readers.unreadable import Unreadable
from jobs.errors import Corrupt, NewerVersion, ObjectNotFound
from jobs.job import Job
from jobs.plan import Plan
from jobs.results.sentence import Sentence
from jobs.results.verdicts.audit_verdict import audit_in_short
from jobs.specs.audit_spec import AuditSpec
from jobs.specs.evaluate_spec import EvaluateSpec
from jobs.specs.explain_spec import ExplainSpec
from jobs.state import USABLE

_LOOK_AGAIN_S = 60
_KNOWN = 256
LOOKED_AT = 20
"""Audits whose documents are read, the newest ones."""


@dataclass(frozen=True)
class FoundAudit:
    """An audit, and what it found in one sentence."""

    job_id: str
    sentence: Sentence


def audit_of_job(job: Job, jobs: JobReader, reports: ReportReader) -> FoundAudit | None:
    """The newest audit that came to its end, of the same model, data set and split; None where there is none.

    The index names the audits; of the ``LOOKED_AT`` newest, specification, plan and end are read, which are kept.
    """
    spec = job.spec
    if not isinstance(spec, ExplainSpec | EvaluateSpec):
        return None
    for audit_id in islice(jobs.ended(JobQuery(kind=AuditSpec.kind_name())), LOOKED_AT):
        with suppress(Unreadable, Corrupt, NewerVersion):
            audit, end = jobs.job(audit_id), jobs.end(audit_id)
            if end is not None and end.state in USABLE and _same(audit, job, reports):
                found = end.summary or {}
                return FoundAudit(audit_id, audit_in_short(found.get("findings") or {}, found.get("left_out") or ()))
    return None


class AuditFinder:
    """Finds audits as ``audit_of_job`` does, once a minute for each job: people walk through thousands of images."""

    def __init__(self, jobs: JobReader, reports: ReportReader) -> None:
        self._jobs = jobs
        self._reports = reports
        self._kept = lru_cache(_KNOWN)(self._find)

    def find(self, job: Job) -> str | None:
        """The id of the job itself, if it is one, of the audit that submitted it, or of the newest one that fits.

        None where there is none, or there was none a minute ago.
        """
        if isinstance(job.spec, AuditSpec):
            return job.id
        with suppress(ObjectNotFound, Unreadable):  # it may have been deleted
            if job.parent and isinstance(self._jobs.job(job.parent).spec, AuditSpec):
                return job.parent
        return self._kept(job.id, current_caller().projects, int(time.monotonic() // _LOOK_AGAIN_S))

    def _find(self, job_id: str, _projects: frozenset[str] | None, _minute: int) -> str | None:
        found = audit_of_job(self._jobs.job(job_id), self._jobs, self._reports)
        return found.job_id if found else None


def _same(audit: Job, job: Job, reports: ReportReader) -> bool:
    first, second = audit.spec, job.spec
    if not isinstance(first, AuditSpec) or not isinstance(second, ExplainSpec | EvaluateSpec):
        return False
    if (first.dataset, first.label, first.split) != (second.dataset, second.label, second.split):
        return False
    plans = (reports.plan(audit.id), reports.plan(job.id))
    return None not in plans and _checkpoint(plans[0]) == _checkpoint(plans[1])


def _checkpoint(plan: Plan | None) -> str | None:
    return plan.model.checkpoint.sha256 if plan and plan.model else None
