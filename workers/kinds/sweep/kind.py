"""A sweep as the workers see it: one light step that watches over training jobs, and a leaderboard at the end."""

from __future__ import annotations

from dataclasses import replace

from dispatch.submission import request_cancel
from jobs import keys
from jobs.errors import InvalidSpec
from jobs.job import Job
from jobs.models.artifact import Artifact
from jobs.plan import Plan
from jobs.specs.sweep_spec import SweepSpec
from workers.kinds.sweep.run_sweep import read_book, run_sweep, runs_over
from workers.kinds.train.kind import TRAIN
from workers.step.job_kind import FinishContext, JobKind, PlanContext
from workers.step.services import Services


def plan(planning: PlanContext) -> Plan:
    """One step of as many trials as all rungs have together.

    Raises:
        InvalidSpec: the base cannot be trained; each further trial is judged when its turn comes.
    """
    spec = planning.job.spec
    if not isinstance(spec, SweepSpec):
        raise InvalidSpec("only a sweep has trials")
    try:
        TRAIN.plan(replace(planning, job=planning.job.model_copy(update={"spec": spec.trial_spec(0, rung=0)})))
    except InvalidSpec as error:
        raise InvalidSpec(str(error), field=f"base.{error.field}" if error.field else "base") from error
    total = sum(rung.trials for rung in spec.rungs)
    return Plan(job_id=planning.job.id, kind="sweep", created_at=planning.now, total=total, unit="trials")


def finish(finishing: FinishContext) -> tuple[Artifact, ...]:
    """Draw up the leaderboard and publish the best model under the sweep's name."""
    from workers.kinds.sweep.leaderboard_files import leaderboard_files, runs_of  # noqa: PLC0415  (matplotlib takes a second)

    spec, best = finishing.job.spec, finishing.reports[0].model
    if not isinstance(spec, SweepSpec) or best is None:
        raise InvalidSpec("only a sweep has a leaderboard")
    finishing.services.store.put(keys.model(best.id), best.encode(), content_type="application/json")
    return leaderboard_files(finishing, spec, runs_of(finishing.reports[0]))


def salvage(finishing: FinishContext) -> tuple[Artifact, ...]:
    """The leaderboard of the trials that are over, if any are: it says which of their models is worth taking up."""
    from workers.kinds.sweep.leaderboard_files import leaderboard_files  # noqa: PLC0415  (matplotlib takes a second)

    spec, runs = finishing.job.spec, runs_over(finishing.job.id, finishing.services.store)
    return leaderboard_files(finishing, spec, runs) if isinstance(spec, SweepSpec) and runs else ()


def cancel_children(job: Job, services: Services) -> None:
    """Cancel the trials that are still under way."""
    for run in read_book(job.id, services.store).runs:
        if not run.over and services.store.head(keys.active(run.job_id)) is not None:
            request_cancel(run.job_id, store=services.store, board=services.board, queue=services.queue)


SWEEP = JobKind(plan, run_sweep, finish, cancel_children, salvage)
