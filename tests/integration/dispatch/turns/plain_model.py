"""The order of steps as plain Python has it: every job is looked at for every step that is taken."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice

from jobs.turns.fair_order import FairOrder, Flow, job_tag
from jobs.turns.turn import Priority


@dataclass
class ModelJob:
    """A job.

    Attributes:
        parent: the job that it belongs to, if any.
        stands_still: whether it is paused.
    """

    job_id: str
    project: str
    priority: Priority
    to_do: list[str]
    parent: ModelJob | None = None
    out: list[str] = field(default_factory=list)
    stands_still: bool = False
    stopped: bool = False

    @property
    def takeable(self) -> bool:
        """Whether steps of it may be taken."""
        return not self.stopped and not self.stands_still and not (self.parent and self.parent.stands_still)

    @property
    def rank(self) -> int:
        """Of the priority that counts."""
        return (self.parent or self).priority.rank


@dataclass
class PlainModel:
    """One queue."""

    window: int
    jobs: dict[str, ModelJob] = field(default_factory=dict)
    weights: dict[str, float] = field(default_factory=dict)
    tags: dict[str, float] = field(default_factory=dict)

    def take(self) -> tuple[str, str] | None:
        """Job and step."""
        order = FairOrder(self._flows(self.window), self.weights, self.tags)
        job_id = order.take()
        if job_id is None:
            return None
        self.tags |= order.changed
        job = self.jobs[job_id]
        job.out.append(job.to_do.pop(0))
        return job_id, job.out[-1]

    def following(self, most: int) -> list[str]:
        """The jobs of the next steps."""
        return list(islice(FairOrder(self._flows(None), self.weights, self.tags), most))

    def begin_anew(self, job_id: str) -> None:
        """See ``Lines.change``."""
        self.tags.pop(job_tag(job_id), None)

    def _flows(self, window: int | None) -> Iterator[Flow]:
        for job in self.jobs.values():
            steps = len(job.to_do) if window is None else min(len(job.to_do), window - len(job.out))
            yield Flow(job.job_id, job.project, job.rank, steps if job.takeable else 0)
