"""Fisher's exact test, with tables that can be counted by hand."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import fisher_exact

from ml.evaluation.fisher import fisher_more


def test_fisher_counts_the_tables_that_are_as_extreme() -> None:
    # All 3 errors among 3 of 6 images: one of the 20 ways to choose 3 of 6.
    assert fisher_more(3, 3, 0, 3) == pytest.approx(1 / 20)
    # 2 or 3 of them: 1 + 3 x 3 of the 20.
    assert fisher_more(2, 3, 1, 3) == pytest.approx(10 / 20)
    assert fisher_more(0, 3, 3, 3) == pytest.approx(1.0)


@given(st.integers(0, 9), st.integers(0, 30))
@settings(max_examples=30, deadline=None)
def test_fisher_is_that_of_scipy(errors: int, others: int) -> None:
    table = [[errors, 9 - errors], [others, 30 - others]]
    assert fisher_more(errors, 9, others, 30) == pytest.approx(fisher_exact(table, alternative="greater").pvalue)
