"""Names the tasks and the queues, and says in which queue a step waits."""

from __future__ import annotations

from typing import get_args

from jobs.plan import FINALIZE, PLAN
from jobs.specs.job_spec import Queue
from jobs.specs.spec import SPECS

RUN_STEP = "florescope.run_step"
RECONCILE = "florescope.reconcile"

EXPLAIN_QUEUE: Queue = "explain"
LIGHT_QUEUE: Queue = "light"
FINALIZE_QUEUE = "finalize"
"""Its own, with workers of its own: making the files of large jobs must not hold up planning and reconciling."""
COMPUTE_QUEUES: tuple[str, ...] = tuple(queue for queue in get_args(Queue) if queue != LIGHT_QUEUE)
QUEUES: tuple[str, ...] = (*get_args(Queue), FINALIZE_QUEUE)
_QUEUE_OF_KIND = {spec.kind_name(): spec.queue for spec in SPECS}


def queue_of(step: str) -> str:
    """The queue in which a step waits: what only looks and writes down never waits behind a GPU.

    A step is named after its kind of job where it is all there is to do; shards of images have numbers.
    """
    if step == PLAN:
        return LIGHT_QUEUE
    if step == FINALIZE:
        return FINALIZE_QUEUE
    return _QUEUE_OF_KIND.get(step, EXPLAIN_QUEUE)
