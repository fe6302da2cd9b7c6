"""Reads what a job has committed: its plan and the reports of its steps."""

from __future__ import annotations

import structlog

from jobs import keys
from jobs.errors import Corrupt, ObjectNotFound
from jobs.plan import Plan
from jobs.results.manifest import ReportEntry, entry
from jobs.results.report import Report
from workers.step.services import Services

_log = structlog.get_logger(__name__)
Reports = dict[str, tuple[ReportEntry, Report]]
"""Commit markers by step, each with the digest of its bytes."""


def read_plan(job_id: str, services: Services) -> Plan | None:
    """The job's plan, or None where it was never planned.

    Raises:
        Corrupt: there is one that cannot be read.
    """
    try:
        return Plan.decode(services.store.get(keys.plan(job_id)))
    except ObjectNotFound:
        return None


def readable_plan(job_id: str, services: Services) -> Plan | None:
    """The job's plan, or None where there is none that can be read: for the end of a job, which comes all the same."""
    try:
        return read_plan(job_id, services)
    except Corrupt as error:
        _log.error("plan_left_out", job_id=job_id, error=str(error))
        return None


def read_reports(plan: Plan, services: Services) -> Reports:
    """Every commit marker of the plan's steps, in the plan's order.

    Raises:
        Corrupt: one of them cannot be read.
    """
    reports, unreadable = readable_reports(plan, services)
    for key, reason in unreadable.items():
        raise Corrupt(
            f"the report of {keys.step_of_report(key)} was damaged after it had been written ({reason}): "
            "submit the job again"
        )
    return reports


def readable_reports(plan: Plan, services: Services) -> tuple[Reports, dict[str, str]]:
    """Those commit markers that can be read, and by key why the others cannot."""
    found: Reports = {}
    unreadable = {}
    for info in services.store.list(keys.reports(plan.job_id)):
        try:
            data = services.store.get(info.key)
            report = Report.decode(data)
        except (Corrupt, ObjectNotFound) as error:
            _log.error("report_unreadable", job_id=plan.job_id, key=info.key, error=str(error))
            unreadable[info.key] = str(error)
            continue
        found[report.step] = (entry(report, key=info.key, data=data), report)
    return {step: found[step] for step in plan.steps if step in found}, unreadable
