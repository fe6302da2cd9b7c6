from __future__ import annotations

import json

from jobs.results.evaluation.evaluation_totals import BinTotals, ConditionTotals, EvaluationTotals, sum_totals


def part(images: int, wrong: int, *, baseline_wrong: int | None = None) -> EvaluationTotals:
    condition = ConditionTotals(
        corruption="blur", severity=2, wrong=wrong, baseline_wrong=baseline_wrong, maps=1, map_correlation=0.5
    )
    sure = BinTotals(images=images, confidence=0.9 * images, correct=images - 1)
    return EvaluationTotals(
        images=images,
        correct=images - 1,
        top5=images,
        loss=2.0,
        calibration=(sure,),
        conditions=(condition,),
        masks={"gradcam": images},
    )


def test_shards_add_up_in_any_grouping() -> None:
    parts = [part(4, 1), part(6, 3), part(10, 2)]
    whole = sum_totals(parts)
    assert whole is not None
    first, rest = sum_totals(parts[:1]), sum_totals(parts[1:])
    assert first is not None
    assert rest is not None
    assert sum_totals([first, rest]) == whole
    assert (whole.images, whole.conditions[0].wrong, whole.conditions[0].maps) == (20, 6, 3)
    assert whole.errors() == {"blur": {2: 0.3}}
    assert whole.masks == {"gradcam": 20}
    assert (whole.calibration[0].images, whole.calibration[0].correct) == (20, 17)


def test_nothing_adds_up_to_nothing() -> None:
    assert sum_totals([]) is None


def test_without_a_baseline_there_are_no_baseline_errors() -> None:
    assert part(4, 1).baseline_errors() is None
    both = sum_totals([part(4, 1, baseline_wrong=2), part(4, 1, baseline_wrong=0)])
    assert both is not None
    assert both.baseline_errors() == {"blur": {2: 0.25}}


def test_objects_are_told_by_true_masks_where_no_other_source_told_one() -> None:
    totals = part(4, 1)
    told = [{"true mask": 4}, {"true mask": 4, "gradcam": 0}, {"true mask": 3, "gradcam": 1}, {"none": 4}, {}]
    assert [totals.model_copy(update={"masks": masks}).true_masks for masks in told] == [
        True,
        True,
        False,
        False,
        False,
    ]


def test_totals_survive_their_journey_through_a_report() -> None:
    totals = part(4, 1)
    assert EvaluationTotals.model_validate(json.loads(json.dumps(totals.model_dump(mode="json")))) == totals
