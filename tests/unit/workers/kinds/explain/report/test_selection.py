"""Which images a report shows, of made-up records."""

from __future__ import annotations

from tests.unit.workers.kinds.explain.report.test_report_page import record
from workers.kinds.explain.report.selection import WRONG, select


def test_each_of_the_surest_images_is_of_another_prediction_whatever_the_maps_speak_for() -> None:
    records = [record(index, None, label=None).model_copy(update={"target": 5}) for index in range(40)]
    assert {each.prediction for each in select(records).unlabelled} == {0, 1}


def test_wrong_predictions_come_with_the_most_confident_first() -> None:
    chosen = select([record(index, None) for index in range(300)])
    confidences = [each.confidence or 0 for each in chosen.wrong]
    assert len(confidences) == WRONG
    assert confidences == sorted(confidences, reverse=True)
    assert {each.prediction for each in chosen.wrong} == {1}


def test_the_least_converged_come_first() -> None:
    chosen = select([record(index, None, relative_delta=index / 1e4) for index in range(40)])
    assert [each.index for each in chosen.least_converged] == list(range(39, 27, -1))


def test_those_whose_numbers_broke_are_the_least_converged_of_all() -> None:
    healthy = [record(index, None, relative_delta=index / 1e4) for index in range(40)]
    broken = record(40, None, relative_delta=None)
    assert select([*healthy, broken]).least_converged[0] is broken


def test_an_image_that_was_judged_in_logits_stands_where_that_puts_it() -> None:
    records = [record(index, None, relative_delta=index / 1e4, judged_delta=index / 1e4) for index in range(40)]
    small = record(40, None, relative_delta=9.0, judged_delta=0.0)
    assert small not in select([*records, small]).least_converged
