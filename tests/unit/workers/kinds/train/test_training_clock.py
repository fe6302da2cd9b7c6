"""The time to go of a whole training is learnt from its epochs."""

from __future__ import annotations

import pytest

from ml.training.progress import Activity, BatchProgress
from workers.kinds.train.training_clock import TrainingClock

STEPS = 10


class Training:
    """Epochs of equal length on a clock of its own."""

    def __init__(self, *, epochs: int, step_s: float, validation_s: float) -> None:
        self.now = 100.0
        self.epochs, self.step_s, self.validation_s = epochs, step_s, validation_s
        self.clock = TrainingClock(now=lambda: self.now)

    def at(self, activity: Activity, epoch: int, step: int, *, eta_s: float | None = None) -> float | None:
        batch = BatchProgress(epoch, self.epochs, step, STEPS, None, None, 1.0, eta_s, "head", activity)
        return self.clock.seconds_left(batch)

    def epoch(self, number: int) -> list[float | None]:
        """What is said at each step of an epoch, and during its validation."""
        said = []
        for step in range(STEPS + 1):
            said.append(self.at("training", number, step))
            self.now += self.step_s if step < STEPS else 0
        said.append(self.at("validating", number, 0, eta_s=self.validation_s))
        self.now += self.validation_s
        return said


def test_nothing_is_said_before_anything_is_known() -> None:
    training = Training(epochs=4, step_s=1, validation_s=2)
    assert training.at("loading", 0, 5, eta_s=3) is None
    assert training.at("training", 1, 0) is None


def test_within_the_first_epoch_its_own_pace_tells() -> None:
    training = Training(epochs=4, step_s=1, validation_s=0)
    assert training.epoch(1)[5] == pytest.approx(5 + 3 * 10)


def test_later_epochs_count_with_their_validation_and_the_test() -> None:
    training = Training(epochs=4, step_s=1, validation_s=2)
    training.epoch(1)
    said = training.epoch(2)
    assert said[0] == pytest.approx(3 * 12 + 2)
    assert said[5] == pytest.approx(7 + 2 * 12 + 2)
    assert said[-1] == pytest.approx(2 + 2 * 12 + 2)


def test_slower_epochs_are_learnt() -> None:
    training = Training(epochs=10, step_s=1, validation_s=0)
    training.epoch(1)
    training.step_s = 3
    wrong = [abs((training.epoch(number)[0] or 0) / (30 * (11 - number)) - 1) for number in range(2, 8)]
    assert wrong == sorted(wrong, reverse=True)
    assert wrong[-1] < 0.05


def test_a_training_that_was_taken_up_again_learns_anew() -> None:
    training = Training(epochs=9, step_s=1, validation_s=0)
    assert training.epoch(5)[5] == pytest.approx(5 + 4 * 10)


def test_while_it_is_tested_only_the_test_is_left() -> None:
    training = Training(epochs=1, step_s=1, validation_s=1)
    training.epoch(1)
    assert training.at("testing", 1, 3, eta_s=4.2) == 4.2
