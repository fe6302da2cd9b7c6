"""A sweep as a kind of job: one light step starts and follows training jobs; the file of the job is a leaderboard."""

from __future__ import annotations

from dispatch.submission import request_cancel
from jobs import keys
from jobs.errors import InvalidSpec
from jobs.job import Job
from jobs.models.artifact import Artifact
from jobs.plan import Plan
from jobs.results.summary import summarize_sweep
from jobs.specs.sweep_spec import SweepSpec
from workers.kinds.sweep.run_sweep import read_runs, run_sweep, runs_over
from workers.kinds.train.kind import TRAIN
from workers.step.job_kind import FinishContext, JobKind, PlanContext, of_reports
from workers.step.services import Services


def plan(spec: SweepSpec, context: PlanContext) -> Plan:
    """One step of as many trials as all rungs have together.

    Raises:
        InvalidSpec: the base cannot be trained; each further trial is judged when its turn comes.
    """
    try:
        TRAIN.make_plan(spec.trial_spec(0, rung=0), context)
    except InvalidSpec as error:
        raise InvalidSpec(str(error), field=f"base.{error.field}" if error.field else "base") from error
    return context.plan(total=sum(rung.trials for rung in spec.rungs), unit="trials")


def finish(spec: SweepSpec, context: FinishContext) -> tuple[Artifact, ...]:
    """Draw up the leaderboard and publish the best model under the sweep's name."""
    from workers.kinds.sweep.leaderboard_files import leaderboard_files, runs_of  # noqa: PLC0415  (matplotlib takes a second)

    report = context.reports[0]
    best = report.made_model
    context.services.store.put(keys.model(best.id), best.encode(), content_type="application/json")
    return leaderboard_files(spec, context, runs_of(report))


def salvage(spec: SweepSpec, context: FinishContext) -> tuple[Artifact, ...]:
    """The leaderboard of the trials that are over, if any are: it says which of their models is worth taking up."""
    from workers.kinds.sweep.leaderboard_files import leaderboard_files  # noqa: PLC0415  (matplotlib takes a second)

    runs = runs_over(context.job.id, context.services.store)
    return leaderboard_files(spec, context, runs) if runs else ()


def cancel_children(job: Job, services: Services) -> None:
    """Cancel the trials that are still under way."""
    for run in read_runs(job.id, services.store).runs:
        if not run.over and services.store.head(keys.active(run.job_id)) is not None:
            request_cancel(run.job_id, store=services.store, board=services.board, queue=services.queue)


SWEEP = JobKind(
    SweepSpec,
    make_plan=plan,
    run_step=run_sweep,
    summarize=of_reports(summarize_sweep),
    make_files=finish,
    salvage_files=salvage,
    cancel_children=cancel_children,
)
