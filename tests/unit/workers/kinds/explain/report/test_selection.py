"""Which images a report shows, of made-up records."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from jobs.job import Job
from jobs.plan import Plan
from jobs.results.record import ImageRecord
from jobs.results.report import Report
from jobs.specs.explain_spec import ExplainSpec
from tests.services.gathered import gathered
from tests.unit.workers.kinds.explain.report.conftest import NOW, record
from workers.kinds.explain.report.selected_rows import select_rows
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


def test_a_map_that_is_known_badly_comes_before_sums_that_are_known_well() -> None:
    records = [record(index, None, judged_delta=index / 1e4, map_error=0.03) for index in range(40)]
    bad = record(40, None, judged_delta=0.0, map_error=0.5)
    assert select([*records, bad]).least_converged[0] is bad


@given(st.integers(0, 2**32 - 1), st.integers(1, 400))
@settings(max_examples=25)
def test_rows_are_chosen_like_records(seed: int, count: int) -> None:
    rng = np.random.default_rng(seed)
    records = [random_record(index, rng) for index in range(count)]
    job = Job(id="j", created_at=NOW, spec=ExplainSpec(kind="explain", model="m", dataset="synthetic_flowers"))
    plan = Plan(job_id="j", kind="explain", created_at=NOW, total=count, unit="images")
    size = int(rng.integers(1, count + 1))
    reports = [report_of(plan, f"step-{start}", records[start : start + size]) for start in range(0, count, size)]
    with gathered(job, plan, reports) as images:
        chosen = select_rows(images)
    assert chosen == select(records)


def measured(made: ImageRecord, **values: float | None) -> ImageRecord:
    """The same image with further values of Integrated Gradients."""
    *others, ig = made.methods
    more = ig.model_copy(update={"values": {**ig.values, **values}})
    return made.model_copy(update={"methods": (*others, more)})


def random_record(index: int, rng: np.random.Generator) -> ImageRecord:
    if rng.random() < 0.1:
        return ImageRecord(image_id=f"i{index}", index=index, error="broken")
    label = None if rng.random() < 0.3 else int(rng.integers(4))
    made = record(index, None, label=label, relative_delta=float(rng.integers(6)) / 10 if rng.random() < 0.8 else None)
    if rng.random() < 0.5:
        made = measured(made, map_error=float(rng.integers(8)) / 10 if rng.random() < 0.8 else None)
    few = {
        "confidence": float(rng.integers(1, 5)) / 4,
        "prediction": int(rng.integers(4)),
        "target": int(rng.integers(4)),
    }
    return made.model_copy(update=few)


def report_of(plan: Plan, step: str, records: list[ImageRecord]) -> Report:
    return Report(
        job_id=plan.job_id,
        step=step,
        attempt="a",
        worker="w",
        started_at=NOW,
        finished_at=NOW,
        records=tuple(records),
    )
