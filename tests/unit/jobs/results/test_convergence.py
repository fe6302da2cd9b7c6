from __future__ import annotations

import math

import pytest

from jobs.results.convergence import describe_errors, sort_value
from jobs.results.record import MethodRecord


def ig(*flags: str, **values: float | None) -> MethodRecord:
    return MethodRecord(method="integrated_gradients", flags=flags, values=values)


@pytest.mark.parametrize("name", ["relative_delta", "worst_relative_delta", "judged_delta", "map_error"])
def test_what_is_missed_without_being_a_finite_number_is_worse_than_any(name: str) -> None:
    assert sort_value(ig(**{name: None}), name) == math.inf


def test_what_was_not_measured_has_no_place() -> None:
    assert sort_value(ig(), "judged_delta") is None
    assert sort_value(ig(deletion_auc=None), "deletion_auc") is None


def test_a_record_from_before_counts_by_its_relative_delta() -> None:
    assert sort_value(ig(relative_delta=0.25), "judged_delta") == 0.25
    assert sort_value(ig(relative_delta=None), "judged_delta") == math.inf


def test_what_is_missed_is_told_in_the_unit_that_it_was_judged_by() -> None:
    assert describe_errors(ig(relative_delta=0.034, delta=0.2)) == "δ 3.4 %"
    assert describe_errors(ig("absolute_tolerance", relative_delta=4.0, delta=-0.004)) == "|δ| 0.004 logits"
    assert describe_errors(ig("non_finite", relative_delta=None, delta=None)) == "δ is no number"
    assert describe_errors(ig(relative_delta=0.034, map_error=0.041)) == "map error 4.1 %, δ 3.4 %"
    assert describe_errors(ig(relative_delta=0.034, map_error=None)) == "map error is no number, δ 3.4 %"
    assert describe_errors(MethodRecord(method="gradcam", values={"focus": 0.3})) is None
