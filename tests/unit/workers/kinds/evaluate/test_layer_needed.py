"""An evaluation that follows GradCAM maps needs a model that has them."""

from __future__ import annotations

import pytest

from jobs.errors import InvalidSpec
from jobs.specs.evaluate_spec import EvaluateSpec
from tests.unit.jobs.models.published import published
from workers.kinds.evaluate.kind import check_layer


def check(*, feature_layer: str | None, gradcam_shift: bool = True, corruptions: tuple[str, ...] = ("blur",)) -> None:
    spec = EvaluateSpec.model_validate(
        {
            "kind": "evaluate",
            "model": "m",
            "dataset": "photographs",
            "corruptions": corruptions,
            "gradcam_shift": gradcam_shift,
        }
    )
    check_layer(spec, published(feature_layer=feature_layer))


def test_maps_that_cannot_be_are_refused_with_the_option_that_leaves_them_out() -> None:
    with pytest.raises(InvalidSpec, match="set gradcam_shift to false") as refused:
        check(feature_layer=None)
    assert refused.value.field == "gradcam_shift"


def test_all_else_is_evaluated_without_a_layer() -> None:
    check(feature_layer=None, gradcam_shift=False)
    check(feature_layer=None, corruptions=())
    check(feature_layer="last")
