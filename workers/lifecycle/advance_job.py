"""Enqueues the next steps of a job: those that its window has room for, and finalizing after the last."""

from __future__ import annotations

from jobs import keys
from jobs.plan import FINALIZE
from workers.lifecycle.reports import read_plan
from workers.lifecycle.restore_progress import restore_progress
from workers.step.services import Services


def advance(job_id: str, services: Services, *, completed: str | None = None) -> bool:
    """Enqueue the next steps; True when none is left and finalizing was enqueued."""
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
    """Enqueue as many steps as the window has room for; True when there are none left."""
    following = services.windows.advance(job_id, size=services.window_size())
    for step in following.enqueue:
        services.queue.enqueue(job_id, step)
    return following.exhausted


def rebuild(job_id: str, services: Services) -> bool:
    """Find out from the store what is left to do, as after a loss of Redis; False while there is no plan.

    False also of a job that is over: nothing of it is to come back to the board.
    """
    plan = read_plan(job_id, services)
    if plan is None or services.store.head(keys.end(job_id)) is not None:
        return False
    done = done_steps(job_id, services)
    restore_progress(plan, done, services)
    services.windows.begin(job_id, [step for step in plan.steps if step not in done])
    return True


def done_steps(job_id: str, services: Services) -> set[str]:
    """Steps whose commit marker lies in the store."""
    return {keys.step_of_report(info.key) for info in services.store.list(keys.reports(job_id))}
