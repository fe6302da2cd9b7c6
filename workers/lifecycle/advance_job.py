"""Enqueues what comes next: steps of whichever job has its turn, and finalizing after the last step of a job."""

from __future__ import annotations

from collections.abc import Set

from dispatch.names import queue_of
from jobs import keys
from jobs.job import Job
from jobs.plan import FINALIZE, Plan
from workers.lifecycle.job_turn import know_turn, let_out
from workers.lifecycle.reports import read_plan
from workers.lifecycle.restore_progress import restore_progress
from workers.step.services import Services


def advance(job_id: str, services: Services, *, completed: str | None = None) -> bool:
    """Enqueue the next steps; True when none is left of this job and finalizing was enqueued."""
    if completed is not None:
        services.windows.complete(job_id, completed)
        services.board.counters.clear_missing(job_id, completed)
    if not services.windows.begun(job_id) and not rebuild(job_id, services):
        return False
    if services.board.stopped(job_id):
        services.queue.enqueue(job_id, FINALIZE)
        return True
    exhausted = fill_window(job_id, services)
    if exhausted:
        services.queue.enqueue(job_id, FINALIZE)
    return exhausted


def fill_window(job_id: str, services: Services) -> bool:
    """Have the job stand in line, and its queue filled with whatever is next; True when the job has no step left."""
    window = services.windows.look(job_id)
    if window.following:
        queue = queue_of(window.following, services.board.turns.lane(job_id))
        services.board.lines.join([(job_id, queue)], window=services.window_size())
        let_out(queue, services)
    return window.exhausted


def begin_window(job: Job, plan: Plan, services: Services, *, done: Set[str] = frozenset()) -> None:
    """Note the steps to do, once the turn of the job is known."""
    know_turn(job, plan, services)
    services.windows.begin(job.id, [step for step in plan.steps if step not in done])


def rebuild(job_id: str, services: Services) -> bool:
    """Find out from the store what is left to do, as after a loss of Redis; False while there is no plan.

    False also of a job that is over: nothing of it is to come back to the board.
    """
    plan = read_plan(job_id, services)
    if plan is None or services.store.head(keys.end(job_id)) is not None:
        return False
    done = done_steps(job_id, services)
    restore_progress(plan, done, services)
    begin_window(Job.decode(services.store.get(keys.spec(job_id))), plan, services, done=done)
    return True


def done_steps(job_id: str, services: Services) -> set[str]:
    """Steps whose commit marker lies in the store."""
    return {keys.step_of_report(info.key) for info in services.store.list(keys.reports(job_id))}
