"""Names of tasks and queues, shared by those who send and those who execute."""

from __future__ import annotations

from jobs.plan import FINALIZE, PLAN, SWEEP, TRAIN

RUN_STEP = "florescope.run_step"
RECONCILE = "florescope.reconcile"

TRAIN_QUEUE = "train"
EXPLAIN_QUEUE = "explain"
LIGHT_QUEUE = "light"
COMPUTE_QUEUES = (TRAIN_QUEUE, EXPLAIN_QUEUE)
QUEUES = (*COMPUTE_QUEUES, LIGHT_QUEUE)


def queue_of(step: str) -> str:
    """The queue in which a step waits: what only looks and writes down never waits behind a GPU."""
    if step in {PLAN, SWEEP, FINALIZE}:
        return LIGHT_QUEUE
    return TRAIN_QUEUE if step == TRAIN else EXPLAIN_QUEUE
