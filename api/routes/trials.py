"""Lists the trials of a sweep, best first, also while it runs."""

from __future__ import annotations

from fastapi import APIRouter
from pydantic import BaseModel

from api.backend import Backend, BackendOf
from api.http.caller import current_caller
from api.http.problem_responses import problems
from api.routes.jobs import JobId
from jobs.job import JobResource
from jobs.results.trial_run import TrialRun, leaderboard

router = APIRouter(prefix="/v1/jobs", tags=["results"])


class Trial(BaseModel):
    """One trial: `best` is its longest finished training, `job` the one that it is at now."""

    rank: int
    best: TrialRun
    job: JobResource


class TrialList(BaseModel):
    """Trials, best first; those that have no result yet at the end."""

    items: list[Trial]


@router.get("/{job_id}/trials", responses=problems(404, 422, 503))
def list_trials(job_id: JobId, backend: BackendOf) -> TrialList:
    """The leaderboard of a sweep as it stands; empty for other kinds of job."""
    backend.jobs.job(job_id)
    return TrialList(items=read_trials(backend, job_id))


def read_trials(backend: Backend, job_id: str, *, live: bool = True) -> list[Trial]:
    """The trials that a sweep has begun, with the jobs that they are at now."""
    runs = backend.reports.trials(job_id)
    newest = {run.trial: run.job_id for run in sorted(runs, key=lambda run: run.rung)}
    caller = current_caller()  # the list of an imported sweep may name any job
    found = backend.jobs.resources(list(newest.values()), live=live)
    jobs = {job.id: job for job in found if caller.sees(job.project)}
    board = [run for run in leaderboard(runs) if newest[run.trial] in jobs]
    return [Trial(rank=rank, best=run, job=jobs[newest[run.trial]]) for rank, run in enumerate(board, start=1)]
