"""Reads what another job has left: its plan, and the reports of its steps."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from dispatch.housekeeping.heatmaps import read_heatmaps_removed
from jobs import keys
from jobs.errors import InvalidSpec, ObjectNotFound
from jobs.job import Job, JobEnd
from jobs.models.artifact import Artifact
from jobs.plan import Plan
from jobs.results.report import Report
from jobs.state import USABLE
from store.base import ObjectStore


@dataclass(frozen=True)
class JobResults:
    """A job that came to its end.

    Attributes:
        reports: by step, in the plan's order.
        heatmaps_removed: the rule by which its pictures and raw maps were removed; empty where they were not.
    """

    job: Job
    plan: Plan
    reports: Mapping[str, Report]
    heatmaps_removed: str = ""

    def raw_maps(self, index: int, method: str) -> Artifact | None:
        """The file with the raw maps of a method, of the shard that holds the image at this place of the split."""
        if self.heatmaps_removed:
            return None
        step = next((shard.step for shard in self.plan.shards if shard.start <= index < shard.stop), "")
        files = self.reports[step].artifacts if step in self.reports else ()
        return next((file for file in files if file.name == f"{step}/{method}.npz"), None)


def ended_job(job_id: str, store: ObjectStore, *, field: str) -> Job:
    """A job whose results another one needs.

    Raises:
        InvalidSpec: there is no such job, or it failed or was cancelled; names ``field``.
    """
    try:
        job = Job.decode(store.get(keys.spec(job_id)))
        end = JobEnd.decode(store.get(keys.end(job_id)))
    except ObjectNotFound:
        raise InvalidSpec(f"there is no job {job_id!r} that came to its end", field=field) from None
    if end.state not in USABLE:
        reason = f": {end.error.message}" if end.error else ""
        raise InvalidSpec(f"job {job_id} ended {end.state.value}, so its results are not whole{reason}", field=field)
    return job


def job_results(job: Job, store: ObjectStore) -> JobResults:
    """All that the steps of a job have reported.

    Raises:
        ObjectNotFound, Corrupt: a document is missing or damaged.
    """
    plan = Plan.decode(store.get(keys.plan(job.id)))
    found = [Report.decode(store.get(info.key)) for info in store.list(keys.reports(job.id))]
    by_step = {report.step: report for report in found}
    removed = read_heatmaps_removed(job.id, store)
    ordered = {step: by_step[step] for step in plan.steps if step in by_step}
    return JobResults(job, plan, ordered, heatmaps_removed=removed.why if removed else "")
