"""Schedules and ranks the trainings of a sweep: which to start, which trials to promote, which is best."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from pydantic import Field

from jobs.specs.search_space import Settings
from jobs.specs.sweep_spec import SweepSpec
from jobs.state import USABLE, JobState
from jobs.value import Document, Value


class TrialRun(Value):
    """One training of one trial; with successive halving a trial has one on each rung that it reached.

    Attributes:
        trial: its number, from 0.
        rung: from 0.
        settings: the fields of the sweep's base that it changes.
        job_id: the training job.
        state: ``queued`` until the job is over.
        validation_accuracy: trials are ranked by it; None where there is none (yet).
        validation_loss: ranks trials of equal accuracy.
        test_accuracy: for information; never used for ranking.
        seconds: from the start of the job to its end.
        error: why it made no model.
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
        """Whether it made a model that can be ranked."""
        return self.state in USABLE and self.validation_accuracy is not None


class TrialRuns(Document):
    """Every training that a sweep has started, in order; written before each is submitted."""

    job_id: str
    runs: tuple[TrialRun, ...] = Field(default=())


def due(spec: SweepSpec, runs: Sequence[TrialRun], *, alone: bool = False) -> list[tuple[int, int]]:
    """Trial and rung of each training to start now, limited by ``spec.parallel``, or to one if ``alone``."""
    room = (1 if alone else spec.parallel) - sum(not run.over for run in runs)
    for rung in range(len(spec.rungs)):
        members = promoted(spec, runs, rung=rung)
        there = [run for run in runs if run.rung == rung]
        missing = [trial for trial in members if trial not in {run.trial for run in there}]
        if missing or not all(run.over for run in there):
            return [(trial, rung) for trial in missing[: max(room, 0)]]
    return []


def promoted(spec: SweepSpec, runs: Iterable[TrialRun], *, rung: int) -> list[int]:
    """The trials of a rung: on the first rung all of them, later the best of the rung before."""
    if rung == 0:
        return list(range(len(spec.trials)))
    before = ranked(run for run in runs if run.rung == rung - 1 and run.usable)
    return [run.trial for run in before[: spec.rungs[rung].trials]]


def ranked(runs: Iterable[TrialRun]) -> list[TrialRun]:
    """Best first: by rung (the longest training), then highest validation accuracy, then lowest validation loss."""
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
