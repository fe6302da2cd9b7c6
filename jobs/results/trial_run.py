"""The trainings of a sweep: which are to be begun, which trial goes on, which is best."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from pydantic import Field

from jobs.specs.search_space import Settings
from jobs.specs.sweep_spec import SweepSpec
from jobs.state import USABLE, JobState
from jobs.value import Value


class TrialRun(Value):
    """One training of one trial; with successive halving a trial has one on each rung that it reached.

    Attributes:
        trial: its number, from 0.
        rung: from 0.
        settings: what it changes of the sweep's base.
        job_id: the training job.
        state: ``queued`` until the job is over.
        validation_accuracy: what trials are chosen by; None where there is none (yet).
        validation_loss: decides between equals.
        test_accuracy: for information: never chosen by.
        seconds: from the start of the job to its end.
        error: why there is no model.
    """

    trial: int
    rung: int
    epochs: int
    settings: Settings
    job_id: str
    state: JobState = JobState.QUEUED
    validation_accuracy: float | None = None
    validation_loss: float | None = None
    test_accuracy: float | None = None
    seconds: float | None = None
    error: str = ""

    @property
    def over(self) -> bool:
        """Whether its job has ended."""
        return self.state.terminal

    @property
    def usable(self) -> bool:
        """Whether it left a model that can be compared."""
        return self.state in USABLE and self.validation_accuracy is not None


class TrialRuns(Value):
    """Every training that a sweep has begun, in that order; written before each is submitted."""

    job_id: str
    runs: tuple[TrialRun, ...] = Field(default=())


def due(spec: SweepSpec, runs: Sequence[TrialRun], *, alone: bool = False) -> list[tuple[int, int]]:
    """Trial and rung of each training to begin now, at most as many as may be under way at once; one if ``alone``."""
    room = (1 if alone else spec.parallel) - sum(not run.over for run in runs)
    for rung in range(len(spec.rungs)):
        members = promoted(spec, runs, rung=rung)
        there = [run for run in runs if run.rung == rung]
        missing = [trial for trial in members if trial not in {run.trial for run in there}]
        if missing or not all(run.over for run in there):
            return [(trial, rung) for trial in missing[: max(room, 0)]]
    return []


def promoted(spec: SweepSpec, runs: Iterable[TrialRun], *, rung: int) -> list[int]:
    """The trials that stand on a rung: on the first all of them, then the best of the one before."""
    if rung == 0:
        return list(range(len(spec.trials)))
    before = ranked(run for run in runs if run.rung == rung - 1 and run.usable)
    return [run.trial for run in before[: spec.rungs[rung].trials]]


def ranked(runs: Iterable[TrialRun]) -> list[TrialRun]:
    """Best first: those that trained longest, of these the highest validation accuracy, then the lowest loss."""
    return sorted(runs, key=_place)


def leaderboard(runs: Iterable[TrialRun]) -> list[TrialRun]:
    """The last training of each trial, best first; those without a model at the end."""
    last = {run.trial: run for run in sorted(runs, key=lambda run: (run.usable, run.rung))}
    return ranked(last.values())


def _place(run: TrialRun) -> tuple[bool, int, float, float, int]:
    return not run.usable, -run.rung, -_known(run.validation_accuracy), _loss(run), run.trial


def _known(value: float | None) -> float:
    return 0.0 if value is None else value


def _loss(run: TrialRun) -> float:
    return float("inf") if run.validation_loss is None else run.validation_loss
