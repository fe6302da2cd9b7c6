from __future__ import annotations

import pytest

from jobs.errors import InvalidSpec
from jobs.explain_spec import ExplainSpec, Metric
from ml.example import DatasetDescription
from workers.explain.kind import check_metrics

EVERY: tuple[Metric, ...] = ("completeness", "deletion", "insertion", "localization", "randomization")


def spec(*metrics: Metric) -> ExplainSpec:
    return ExplainSpec(kind="explain", model="m", dataset="photographs", metrics=metrics)


def described(*, has_masks: bool) -> DatasetDescription:
    return DatasetDescription("photographs", ("rose",), {"test": 4}, has_masks=has_masks)


def test_maps_cannot_be_compared_with_masks_that_do_not_exist() -> None:
    with pytest.raises(InvalidSpec, match="data set 'photographs' has none") as refused:
        check_metrics(spec(*EVERY), described(has_masks=False))
    assert refused.value.field == "metrics"


def test_all_else_can_be_measured_without_masks() -> None:
    check_metrics(spec("deletion", "randomization"), described(has_masks=False))
    check_metrics(spec(*EVERY), described(has_masks=True))
