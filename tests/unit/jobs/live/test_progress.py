from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jobs.live.progress import Progress, with_rate


def test_the_first_measurement_gives_the_rate_at_once() -> None:
    after = with_rate(Progress(total=100), Progress(done=10, total=100), elapsed_s=2)
    assert after.rate_per_s == 5
    assert after.eta_s == 18


def test_a_standstill_lowers_the_rate_slowly() -> None:
    before = Progress(done=10, total=100, rate_per_s=5)
    after = with_rate(before, Progress(done=10, total=100), elapsed_s=2)
    assert after.rate_per_s is not None
    assert 4 < after.rate_per_s < 5


def test_work_that_was_lost_gives_no_negative_rate() -> None:
    assert with_rate(Progress(done=10), Progress(done=3), elapsed_s=1).rate_per_s is None


@given(done=st.floats(0, 1e6), total=st.floats(1, 1e6))
def test_the_fraction_lies_between_nothing_and_all(done: float, total: float) -> None:
    assert 0 <= Progress(done=done, total=total).fraction <= 1


@pytest.mark.parametrize("unit_s", [2 * 3600, 12 * 3600])
def test_work_whose_units_take_hours_has_the_time_to_go_that_it_takes(unit_s: int) -> None:
    progress = Progress(total=10, unit="trials")
    for second in range(10, 2010, 10):
        progress = with_rate(progress, Progress(done=second / unit_s, total=10, unit="trials"), elapsed_s=10)
    assert progress.eta_s == pytest.approx(10 * unit_s - 2000, rel=0.01)
