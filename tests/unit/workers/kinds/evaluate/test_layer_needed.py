"""An evaluation that follows GradCAM maps needs a model that has them."""

from __future__ import annotations

import pytest

from jobs.errors import InvalidSpec
from jobs.specs.evaluate_spec import EvaluateSpec
from tests.unit.jobs.models.published import published
from workers.kinds.evaluate.kind import check_layer


def check(
    *,
    feature_layer: str | None,
    gradcam_shift: bool = True,
    corruptions: tuple[str, ...] = ("blur",),
    has_masks: bool = False,
) -> None:
    spec = EvaluateSpec.model_validate(
        {
            "kind": "evaluate",
            "model": "m",
            "dataset": "photographs",
            "corruptions": corruptions,
            "gradcam_shift": gradcam_shift,
        }
    )
    check_layer(spec, published(feature_layer=feature_layer), has_masks=has_masks)


def test_maps_that_cannot_be_are_refused_with_the_option_that_leaves_them_out() -> None:
    with pytest.raises(InvalidSpec, match="set gradcam_shift to false") as refused:
        check(feature_layer=None)
    assert refused.value.field == "gradcam_shift"


def test_other_backgrounds_are_refused_where_neither_masks_nor_maps_tell_the_object() -> None:
    with pytest.raises(InvalidSpec, match="Leave 'background' out") as refused:
        check(feature_layer=None, gradcam_shift=False, corruptions=("blur", "background"))
    assert refused.value.field == "corruptions"


def test_other_backgrounds_need_masks_or_a_layer() -> None:
    check(feature_layer=None, gradcam_shift=False, corruptions=("background",), has_masks=True)
    check(feature_layer="last", corruptions=("background",))


def test_all_else_is_evaluated_without_a_layer() -> None:
    check(feature_layer=None, gradcam_shift=False)
    check(feature_layer=None, corruptions=())
    check(feature_layer="last")
