"""The stages that a job goes through, for the bar of its page."""

from __future__ import annotations

from typing import Literal, NamedTuple

from jobs.job import JobResource
from jobs.specs.train_spec import TrainSpec
from jobs.state import JobState

Standing = Literal["done", "now", "to come"]


class StageView(NamedTuple):
    """One stage."""

    name: str
    standing: Standing


def stages(job: JobResource) -> list[StageView]:
    """All stages of a job that is not over, and where it is; none of one that is over, or is being cancelled."""
    if job.state.terminal or job.state is JobState.CANCELLING:
        return []
    names = ["queued", "planning", "queued", *_work(job), "finalizing"]
    here = _here(job, names)
    return [
        StageView(name, "done" if at < here else "now" if at == here else "to come") for at, name in enumerate(names)
    ][1 if here else 0 :]


def _work(job: JobResource) -> list[str]:
    """The names of the stages between planning and finalizing."""
    if not isinstance(job.spec, TrainSpec):
        return ["at work"]
    found = ["loading", "features", "training", "averaging", "calibrating", "testing"]
    left_out = {
        "features" if job.spec.weights == "none" else "",
        "averaging" if not job.spec.fine_tune.average_last or job.spec.splits.validation is None else "",
        "calibrating" if not job.spec.calibrate else "",
        "testing" if job.spec.splits.test is None else "",
    }
    return [name for name in found if name not in left_out]


def _here(job: JobResource, names: list[str]) -> int:
    planned = job.progress.total is not None
    places = {
        JobState.QUEUED: 2 if planned else 0,
        JobState.PLANNING: 1,
        JobState.FINALIZING: len(names) - 1,
    }
    if job.state in places:
        return places[job.state]
    return names.index(job.progress.stage) if job.progress.stage in names[3:] else 3
