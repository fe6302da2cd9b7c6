"""The step of a sweep: note which trials have ended, start the next ones, and wait until all are over.

The step holds no worker while it waits. What it begins is written down first, and each training has a key of its
own, so a look that was cut short is repeated without beginning anything twice.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress

from dispatch.submission import claim, submit
from jobs import keys
from jobs.errors import Corrupt, ObjectNotFound, Permanent
from jobs.job import JobEnd
from jobs.models.model import PublishedModel
from jobs.results.report import Report
from jobs.results.trial_run import TrialRun, TrialRuns, due, ranked
from jobs.specs.sweep_spec import SweepSpec
from jobs.state import USABLE, JobState
from store.base import ObjectStore
from workers.step.interruption import Waiting
from workers.step.services import Services
from workers.step.step_context import StepContext

# When a trial ends, this step is enqueued at once; this is for the case that the message is lost.
LOOK_AGAIN_S = 5.0


def run_sweep(spec: SweepSpec, context: StepContext) -> Report:
    """Take the sweep one step further.

    Raises:
        Waiting: trials are under way.
        Permanent: all trials are over and none of them left a model.
    """
    runs = _go_on(context, spec)
    _show(context, runs)
    if not all(run.over for run in runs):
        context.services.board.counters.reset_attempts(context.job.id, context.step)
        raise Waiting("trials are under way", delay_s=LOOK_AGAIN_S)
    if not any(run.usable for run in runs):
        first = next(run for run in runs if run.error)
        raise Permanent(f"none of {len(runs)} trials left a model; trial {first.trial}: {first.error}")
    return _report(context, runs)


def read_runs(job_id: str, store: ObjectStore) -> TrialRuns:
    """What the sweep has begun; an empty book before its first look."""
    with suppress(ObjectNotFound):
        return TrialRuns.decode(store.get(keys.trials(job_id)))
    return TrialRuns(job_id=job_id)


def runs_over(job_id: str, store: ObjectStore) -> tuple[TrialRun, ...]:
    """The trainings that have ended by now, with what became of them."""
    runs = read_runs(job_id, store).runs
    return tuple(found for run in runs if (found := _up_to_date(run, store)).over)


def _go_on(context: StepContext, spec: SweepSpec) -> tuple[TrialRun, ...]:
    """Every training of the sweep, the ones that are begun now among them."""
    services = context.services
    before = read_runs(context.job.id, services.store).runs
    runs = tuple(_up_to_date(run, services.store) for run in before)
    begun = due(spec, runs, alone=not _is_ahead(runs, services))
    runs += tuple(_claimed(context, spec, trial, rung) for trial, rung in begun)
    context.pulse.check()
    if runs != before:
        book = TrialRuns(job_id=context.job.id, runs=runs)
        services.store.put(keys.trials(context.job.id), book.encode(), content_type="application/json")
    for run in runs:
        if not run.over and services.store.head(keys.active(run.job_id)) is None:
            context.pulse.check()
            _submit(context, spec, run)
    return runs


def _is_ahead(runs: tuple[TrialRun, ...], services: Services) -> bool:
    """Whether a trial has come to learning: what it computed of a frozen backbone before, the others find."""
    return any(run.over for run in runs) or _parts(runs, services) > 0


def _claimed(context: StepContext, spec: SweepSpec, trial: int, rung: int) -> TrialRun:
    trained = spec.trial_spec(trial, rung=rung)
    store, origin = context.services.store, context.job.child()
    job_id = claim(_key(context.job.id, trial, rung), trained, store=store, origin=origin)
    return TrialRun(trial=trial, rung=rung, epochs=trained.epochs, settings=spec.trials[trial], job_id=job_id)


def _submit(context: StepContext, spec: SweepSpec, run: TrialRun) -> None:
    services = context.services
    submit(
        spec.trial_spec(run.trial, rung=run.rung),
        store=services.store,
        board=services.board,
        queue=services.queue,
        idempotency_key=_key(context.job.id, run.trial, run.rung),
        job_id=run.job_id,
        origin=context.job.child(),
    )


def _key(sweep_id: str, trial: int, rung: int) -> str:
    return f"sweep {sweep_id} trial {trial} rung {rung}"


def _up_to_date(run: TrialRun, store: ObjectStore) -> TrialRun:
    """The training as its job has ended, or as before."""
    if run.over:
        return run
    try:
        end = JobEnd.decode(store.get(keys.end(run.job_id)))
    except ObjectNotFound:
        return run
    except Corrupt as error:
        return run.model_copy(update={"state": JobState.FAILED, "error": f"its end cannot be read: {error}"})
    seconds = (end.finished_at - end.started_at).total_seconds() if end.started_at else None
    ended = run.model_copy(update={"state": end.state, "seconds": seconds})
    if end.state not in USABLE:
        reason = end.error.message if end.error else f"the job is {end.state.value}"
        return ended.model_copy(update={"error": reason})
    try:
        return _measured(ended, PublishedModel.decode(store.get(keys.model(run.job_id))))
    except (ObjectNotFound, Corrupt) as error:
        return ended.model_copy(update={"error": f"its model cannot be read: {error}"})


def _measured(ended: TrialRun, model: PublishedModel) -> TrialRun:
    if model.published is None:
        return ended.model_copy(update={"error": "it was not validated"})
    found = {name: getattr(model, name) for name in ("validation_accuracy", "validation_loss")}
    return ended.model_copy(update={**found, "test_accuracy": model.test_accuracy})


def _show(context: StepContext, runs: tuple[TrialRun, ...]) -> None:
    over = [run for run in runs if run.over]
    running = [run for run in runs if not run.over]
    best = next((run for run in ranked(over) if run.usable), None)
    message = f"{len(running)} under way"
    if best is not None:
        message += f", best validation accuracy {best.validation_accuracy:.4f} (trial {best.trial})"
    done = len(over) + _parts(running, context.services)
    context.pulse.progress(done, failed=sum(not run.usable for run in over), message=message)


def _parts(running: Sequence[TrialRun], services: Services) -> float:
    """How far the trainings under way are, each between 0 and 1."""
    snapshots = services.board.progress.snapshots(run.job_id for run in running)
    return sum(snapshot.progress.fraction for snapshot in snapshots.values())


def _report(context: StepContext, runs: tuple[TrialRun, ...]) -> Report:
    best = ranked(runs)[0]
    trained = PublishedModel.decode(context.services.store.get(keys.model(best.job_id)))
    return context.report(
        model=trained.model_copy(update={"id": context.job.id, "name": context.job.spec.name}),
        skipped=tuple((f"trial {run.trial} rung {run.rung}", run.error) for run in runs if not run.usable),
        values={"runs": [run.model_dump(mode="json") for run in runs]},
    )
