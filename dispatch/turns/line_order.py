"""Says in which order the jobs of a line will have their steps taken."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from dispatch.turns.lines import Line
from jobs.turns.fair_order import Flow
from jobs.turns.turn import Turn


def flows_of(line: Line, turns: Mapping[str, Turn], *, window_size: int | None = None) -> Iterator[Flow]:
    """What each job of a line may have taken.

    Args:
        line: who waits.
        turns: by job; one that is not known, or is paused, may have nothing.
        window_size: steps that a job may have out at once; None: leave that aside, as it will have room later.
    """
    for job in line.jobs:
        turn = turns.get(job.job_id)
        if turn is not None and turn.pause is None:
            steps = job.to_do if window_size is None else min(job.to_do, window_size - job.out)
            yield Flow(job.job_id, turn.project, turn.priority.rank, steps)
