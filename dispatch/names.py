"""Names the tasks and the queues, and says in which queue a step waits."""

from __future__ import annotations

from typing import get_args

from jobs.plan import FINALIZE, PLAN, Plan
from jobs.specs.explain_spec import ExplainSpec
from jobs.specs.job_spec import Queue
from jobs.specs.spec import SPECS, AnySpec
from jobs.specs.train_spec import FOLD_STEP, TrainSpec

RUN_STEP = "florescope.run_step"
RECONCILE = "florescope.reconcile"
CLEAN_UP = "florescope.clean_up"

EXPLAIN_QUEUE: Queue = "explain"
LIGHT_QUEUE: Queue = "light"
INTERACTIVE_QUEUE: Queue = "interactive"
"""For what somebody sits and waits for: workers of its own never take anything long."""
FINALIZE_QUEUE = "finalize"
"""A queue with workers of its own: making the files of large jobs must not hold up planning."""
RECONCILING_QUEUES: tuple[str, ...] = (LIGHT_QUEUE, FINALIZE_QUEUE)
"""Queues whose workers are called to reconcile: those of either may be busy for long, with downloads or large files."""
LONG_QUEUES: tuple[str, ...] = ("train", EXPLAIN_QUEUE)
COMPUTE_QUEUES: tuple[str, ...] = (*LONG_QUEUES, INTERACTIVE_QUEUE)
"""A computing worker also takes what is interactive, when it has nothing else at hand."""
QUEUES: tuple[str, ...] = (*get_args(Queue), FINALIZE_QUEUE)
PAUSABLE_QUEUES: tuple[str, ...] = (*COMPUTE_QUEUES, FINALIZE_QUEUE)
"""Queues that can be paused: all but ``light``, since calls to reconcile go through it, too."""
_QUEUE_OF_KIND = {spec.kind_name(): spec.queue for spec in SPECS}


SMALL_IMAGES = 32


def lane_of(spec: AnySpec, plan: Plan | None = None) -> str:
    """The queue through which all steps of a job go, planning and finalizing too; empty: each through its own.

    Args:
        spec: of the job.
        plan: which says how many images there are, once it is known.
    """
    if spec.queue == INTERACTIVE_QUEUE or (isinstance(spec, ExplainSpec) and _is_small(spec, plan)):
        return INTERACTIVE_QUEUE
    return ""


def _is_small(spec: ExplainSpec, plan: Plan | None) -> bool:
    """Whether an explanation takes seconds: few images, and no measure that asks the model hundreds of times more."""
    costly = spec.noise is not None or set(spec.metrics) - {"completeness"}
    return plan is not None and plan.total <= SMALL_IMAGES and not costly


def queue_of(step: str, lane: str = "") -> str:
    """The queue in which a step waits: what only looks and writes down never waits behind a GPU.

    A step is named after its kind of job where it is all there is to do; shards of images and folds have numbers.
    ``lane`` is that of its job.
    """
    if lane:
        return lane
    if step == PLAN:
        return LIGHT_QUEUE
    if step == FINALIZE:
        return FINALIZE_QUEUE
    if step.startswith(FOLD_STEP):
        return TrainSpec.queue
    return _QUEUE_OF_KIND.get(step, EXPLAIN_QUEUE)
