from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from jobs.results.trial_run import TrialRun, due, leaderboard, promoted, ranked
from jobs.specs.sweep_spec import SweepSpec
from jobs.state import JobState


def spec_of(trials: int, **changes: Any) -> SweepSpec:
    base = {"dataset": "synthetic_flowers", "backbone": "SmallCNN", "weights": "none", "epochs": 9}
    grid = {"seed": list(range(trials))}
    return SweepSpec.model_validate({"kind": "sweep", "base": base, "grid": grid, "parallel": 2, **changes})


def run(trial: int, accuracy: float | None = None, *, rung: int = 0, **changes: Any) -> TrialRun:
    ended = {"state": JobState.SUCCEEDED, "validation_accuracy": accuracy, "validation_loss": 1.0}
    values = {**(ended if accuracy is not None else {}), **changes}
    return TrialRun(trial=trial, rung=rung, epochs=1, settings={"seed": trial}, job_id=f"{trial}-{rung}", **values)


def failed(trial: int, *, rung: int = 0) -> TrialRun:
    return run(trial, rung=rung, state=JobState.FAILED, error="no such data set")


def test_no_more_trials_are_begun_than_may_be_under_way() -> None:
    assert due(spec_of(5), []) == [(0, 0), (1, 0)]
    assert due(spec_of(5), [run(0), run(1)]) == []
    assert due(spec_of(5), [run(0, 0.5), run(1)]) == [(2, 0)]


def test_a_trial_that_is_to_go_ahead_goes_alone() -> None:
    assert due(spec_of(5), [], alone=True) == [(0, 0)]
    assert due(spec_of(5), [run(0)], alone=True) == []


def test_a_failed_trial_makes_room_for_the_next() -> None:
    assert due(spec_of(3), [failed(0), run(1)]) == [(2, 0)]


def test_when_all_are_over_nothing_is_begun() -> None:
    assert due(spec_of(2), [run(0, 0.5), failed(1)]) == []


def test_the_next_rung_waits_for_all_of_the_one_before_and_takes_its_best() -> None:
    spec = spec_of(4, halving={"factor": 2, "min_epochs": 2})
    first = [run(0, 0.2), run(1, 0.9), run(2, 0.5)]
    assert due(spec, [*first, run(3)]) == []
    assert due(spec, [*first, run(3, 0.1)]) == [(1, 1), (2, 1)]


def test_failed_trials_never_go_on() -> None:
    spec = spec_of(4, halving={"factor": 2, "min_epochs": 2})
    assert promoted(spec, [failed(0), failed(1), failed(2), run(3, 0.1)], rung=1) == [3]


def test_equal_accuracies_are_told_apart_by_loss_and_never_by_the_test_split() -> None:
    runs = [run(0, 0.5, validation_loss=2.0, test_accuracy=0.99), run(1, 0.5, validation_loss=1.0, test_accuracy=0.1)]
    assert [each.trial for each in ranked(runs)] == [1, 0]


def test_the_leaderboard_has_each_trial_once_with_its_longest_training() -> None:
    runs = [run(0, 0.9), run(1, 0.8), failed(2), run(1, 0.7, rung=1), failed(0, rung=1)]
    assert [(each.trial, each.rung) for each in leaderboard(runs)] == [(1, 1), (0, 0), (2, 0)]


@given(st.lists(st.floats(0, 1), min_size=1, max_size=12), st.randoms())
def test_a_leaderboard_does_not_depend_on_the_order_in_which_trials_ended(accuracies: list[float], random: Any) -> None:
    runs = [run(trial, accuracy) for trial, accuracy in enumerate(accuracies)]
    shuffled = random.sample(runs, len(runs))
    assert leaderboard(shuffled) == leaderboard(runs)
    assert leaderboard(runs)[0].validation_accuracy == max(accuracies)


@given(
    trials=st.integers(1, 12),
    parallel=st.integers(1, 5),
    factor=st.integers(2, 4),
    failing=st.sets(st.integers(0, 11)),
)
def test_every_sweep_comes_to_an_end_and_begins_nothing_twice(
    trials: int, parallel: int, factor: int, failing: set[int]
) -> None:
    spec = spec_of(trials, parallel=parallel, halving={"factor": factor, "min_epochs": 1})
    runs: list[TrialRun] = []
    while begun := due(spec, runs):
        assert len(begun) <= parallel
        for trial, rung in begun:
            runs.append(failed(trial, rung=rung) if trial in failing else run(trial, trial / 12, rung=rung))
    assert len({(each.trial, each.rung) for each in runs}) == len(runs)
    assert {each.trial for each in runs} == set(range(trials))
    survivors = set(range(trials)) - failing
    if survivors:
        assert leaderboard(runs)[0].trial == max(survivors)
