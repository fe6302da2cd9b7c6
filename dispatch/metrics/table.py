"""Lists what workers count and measure for Prometheus."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import product

from dispatch.names import QUEUES
from jobs.plan import FINALIZE, PLAN
from jobs.results.image_counts import IG
from jobs.results.record import Outcome
from jobs.specs.spec import KINDS
from jobs.state import TERMINAL

UNKNOWN = "unknown"
SHARD, STAGE, WHOLE = "shard", "stage", "whole"
ADDED = "added"
"""Label of all methods of packages: with their own names there would be too many series."""
OUTAGE, ERROR, STOPPING, LOST = "outage", "error", "stopping", "lost"

_KIND = {"kind": (*KINDS, UNKNOWN)}
_STATES = tuple(sorted(state.value for state in TERMINAL))
_OUTCOMES = tuple(outcome.value for outcome in Outcome)
_STEPS = (PLAN, SHARD, STAGE, WHOLE, FINALIZE)


@dataclass(frozen=True)
class Metric:
    """A number that only grows, or a distribution.

    Attributes:
        name: without the prefix of all names, and without ``_total``.
        meaning: in one sentence.
        labels: by name, the values that each may have.
        buckets: upper bounds in seconds, rising; none of a number that only grows.
    """

    name: str
    meaning: str
    labels: Mapping[str, tuple[str, ...]]
    buckets: tuple[float, ...] = ()

    def every_series(self) -> list[tuple[str, ...]]:
        """Each combination of label values."""
        return list(product(*self.labels.values()))


JOBS_ENDED = Metric("jobs_ended", "Jobs that ended, by how they did.", {**_KIND, "state": _STATES})
IMAGES = Metric("images", "Images of committed steps, by outcome.", {**_KIND, "outcome": _OUTCOMES})
EVALUATIONS = Metric(
    "evaluations",
    "Evaluations of a network and its gradient by methods that need a number of them, of committed steps.",
    {"method": (IG, ADDED)},
)
STEP_RETRIES = Metric(
    "step_retries",
    "Steps that went back into the queue: an outage or an error, a worker that stopped, or one that was lost.",
    {"reason": (OUTAGE, ERROR, STOPPING, LOST)},
)
STEP_DEATHS = Metric("step_deaths", "Attempts at a step that ended their worker, or its memory.", _KIND)
STEP_SECONDS = Metric(
    "step_seconds",
    "How long the attempts took that committed a step; a job that is one step has a whole one.",
    {**_KIND, "step": _STEPS},
    (0.5, 2, 5, 15, 30, 60, 120, 300, 900, 3600, 14400, 43200),
)
QUEUE_WAIT_SECONDS = Metric(
    "queue_wait_seconds",
    "How long messages waited in a queue, by the clocks of who sent and who took them.",
    {"queue": QUEUES},
    (0.1, 0.5, 2, 5, 15, 60, 300, 1800, 7200, 28800),
)
FIRST_SHARD_SECONDS = Metric(
    "first_shard_seconds",
    "From the submission of a job to the first results of images that can be looked at.",
    _KIND,
    (5, 15, 30, 60, 120, 300, 900, 3600, 14400),
)
METRICS = (
    JOBS_ENDED,
    IMAGES,
    EVALUATIONS,
    STEP_RETRIES,
    STEP_DEATHS,
    STEP_SECONDS,
    QUEUE_WAIT_SECONDS,
    FIRST_SHARD_SECONDS,
)
