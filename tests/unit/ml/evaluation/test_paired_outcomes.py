"""Paired accuracy: counted by hand, and held against the definition of each statistic."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import minimize_scalar

from ml.evaluation.paired_outcomes import PairedOutcomes, outcomes_by_class, paired_outcomes

COUNTS = st.integers(0, 60)
OUTCOMES = st.builds(PairedOutcomes, both=COUNTS, fixed=COUNTS, broken=COUNTS, neither=COUNTS)


def test_outcomes_are_counted_by_what_both_got_right() -> None:
    first = np.array([True, True, True, False, False, False])
    second = np.array([True, True, False, True, False, False])
    found = paired_outcomes(first, second)
    assert found == PairedOutcomes(both=2, fixed=1, broken=1, neither=2)
    assert (found.first_accuracy, found.second_accuracy, found.difference) == (0.5, 0.5, 0.0)


def test_each_class_has_its_own_counts() -> None:
    first = np.array([True, False, False, True])
    second = np.array([False, True, False, True])
    found = outcomes_by_class(first, second, np.array([7, 7, 2, 2]))
    assert found == {2: PairedOutcomes(1, 0, 0, 1), 7: PairedOutcomes(0, 1, 1, 0)}


def test_mcnemars_test_is_the_binomial_test_of_the_changes() -> None:
    # 1 against 5 of six changes: 2 · (C(6,0) + C(6,1)) / 2⁶
    assert PairedOutcomes(both=9, fixed=5, broken=1, neither=3).p_value() == pytest.approx(2 * (1 + 6) / 64)
    assert PairedOutcomes(both=0, fixed=12, broken=2, neither=0).p_value() == pytest.approx(2 * (1 + 14 + 91) / 2**14)
    assert PairedOutcomes(both=9, fixed=0, broken=0, neither=3).p_value() == 1.0


def score_of(found: PairedOutcomes, shift: float) -> float:
    """The score statistic by its definition: the nuisance share is the likeliest one under this difference."""
    same = found.both + found.neither

    def unlikelihood(broken: float) -> float:
        shares = (found.fixed, broken + shift), (found.broken, broken), (same, 1 - 2 * broken - shift)
        return -sum(count * math.log(max(share, 1e-300)) for count, share in shares if count)

    low, high = max(0.0, -shift), (1 - shift) / 2
    broken = minimize_scalar(unlikelihood, bounds=(low, high), method="bounded", options={"xatol": 1e-12}).x
    variance = found.images * (2 * broken + shift - shift**2)
    return (found.fixed - found.broken - found.images * shift) / math.sqrt(variance)


@pytest.mark.parametrize("counts", [(36, 12, 2, 0), (43, 1, 3, 5), (400, 40, 20, 160), (10, 0, 4, 6)])
def test_the_interval_holds_what_the_score_test_would_not_refuse(counts: tuple[int, int, int, int]) -> None:
    found = PairedOutcomes(*counts)
    low, high = found.interval_95() or (0.0, 0.0)
    assert score_of(found, low) == pytest.approx(1.96, abs=0.01)
    assert score_of(found, high) == pytest.approx(-1.96, abs=0.01)


@given(OUTCOMES)
def test_the_interval_holds_the_difference_and_stays_on_the_scale(found: PairedOutcomes) -> None:
    interval = found.interval_95()
    if interval is None:
        assert found.images == 0
    else:
        assert -1 <= interval[0] <= (found.difference or 0.0) <= interval[1] <= 1
        assert interval[0] < interval[1]


@given(OUTCOMES)
def test_exchanging_the_two_turns_the_interval_round(found: PairedOutcomes) -> None:
    turned = PairedOutcomes(both=found.both, fixed=found.broken, broken=found.fixed, neither=found.neither)
    low, high = found.interval_95() or (0.0, 0.0)
    assert turned.interval_95() in (None, pytest.approx((-high, -low), abs=1e-6))
    assert turned.p_value() == pytest.approx(found.p_value())


def test_no_image_has_no_difference() -> None:
    nothing = PairedOutcomes(0, 0, 0, 0)
    assert (nothing.difference, nothing.first_accuracy, nothing.interval_95(), nothing.p_value()) == (
        None,
        None,
        None,
        1.0,
    )
