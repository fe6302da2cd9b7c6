"""Decides which job's next step is taken next: fairly among projects, then by priority, then fairly among jobs.

Start-time fair queueing (Goyal, Vin & Cheng 1996, "Start-time Fair Queueing"): a project's next step has a start, which
is where its last one finished, and at least the start of what was taken last. The lowest start is taken; it finishes
one step later, divided by the weight of the project. So a project that had nothing to do saves nothing up, and whatever
projects were busy at the same time got steps in the proportion of their weights. Within a project the highest priority
goes first; among jobs of the same priority the same rule holds, with equal weights, and the older one wins a tie.
"""

from __future__ import annotations

import heapq
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

CLOCK = "clock"


@dataclass(frozen=True)
class Flow:
    """A job that has steps to do.

    Attributes:
        job_id: sorts by age.
        rank: of its priority; 0 goes first.
        steps: that may be taken.
    """

    job_id: str
    project: str
    rank: int
    steps: int


def project_tag(project: str) -> str:
    """Where the last step of a project finished."""
    return f"project:{project}"


def class_tag(project: str, rank: int) -> str:
    """The start of the last step among jobs of one priority of a project."""
    return f"class:{rank}:{project}"


def job_tag(job_id: str) -> str:
    """Where the last step of a job finished."""
    return f"job:{job_id}"


class FairOrder:
    """Takes one step after the other; each call to ``take`` moves the tags on."""

    def __init__(self, flows: Iterable[Flow], weights: Mapping[str, float], tags: Mapping[str, float]) -> None:
        """Begin with what waits now.

        Args:
            flows: jobs with steps to do.
            weights: of projects; one that is not named has 1.
            tags: as earlier orders of the same queue left them.
        """
        self._weights = weights
        self._tags = dict(tags)
        self.changed: dict[str, float] = {}
        """Tags that were moved on."""
        waiting = [flow for flow in flows if flow.steps > 0]
        self._left = {flow.job_id: flow.steps for flow in waiting}
        self._ranks: dict[str, list[int]] = defaultdict(list)
        self._jobs: dict[tuple[str, int], list[tuple[float, str]]] = defaultdict(list)
        for flow in waiting:
            self._join(flow)
        self._projects = [(self._start_of(project), project) for project in self._ranks]
        heapq.heapify(self._projects)

    def __iter__(self) -> Iterator[str]:
        """The job of each step, in the order in which they are taken."""
        while (job_id := self.take()) is not None:
            yield job_id

    def take(self) -> str | None:
        """The job whose step is next, which counts as taken; None where nothing is left."""
        if not self._projects:
            return None
        start, project = heapq.heappop(self._projects)
        job_id = self._take_of(project)
        self._note(CLOCK, start)
        self._note(project_tag(project), start + 1 / self._weights.get(project, 1.0))
        if self._ranks[project]:
            heapq.heappush(self._projects, (self._start_of(project), project))
        return job_id

    def _join(self, flow: Flow) -> None:
        line = self._jobs[flow.project, flow.rank]
        if not line:
            heapq.heappush(self._ranks[flow.project], flow.rank)
        clock = self._tags.get(class_tag(flow.project, flow.rank), 0.0)
        heapq.heappush(line, (max(clock, self._tags.get(job_tag(flow.job_id), 0.0)), flow.job_id))

    def _take_of(self, project: str) -> str:
        """The next job of a project, by priority, start and age."""
        rank = self._ranks[project][0]
        line = self._jobs[project, rank]
        start, job_id = heapq.heappop(line)
        self._note(class_tag(project, rank), start)
        self._note(job_tag(job_id), start + 1)
        self._left[job_id] -= 1
        if self._left[job_id]:
            heapq.heappush(line, (start + 1, job_id))
        elif not line:
            heapq.heappop(self._ranks[project])
        return job_id

    def _start_of(self, project: str) -> float:
        return max(self._tags.get(CLOCK, 0.0), self._tags.get(project_tag(project), 0.0))

    def _note(self, tag: str, value: float) -> None:
        self._tags[tag] = self.changed[tag] = value
