from __future__ import annotations

from typing import Any

import pytest

from jobs.errors import InvalidSpec
from jobs.specs.explain_spec import ExplainSpec, IntegratedGradients, Metric
from jobs.specs.method_name import Method
from ml.data.example import DatasetDescription
from tests.unit.jobs.models.published import published
from tests.unit.workers.kinds.explain.test_results_table import MODEL
from workers.kinds.explain.kind import check_layer, check_metrics, check_paths, check_target

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


def scored(**changes: Any) -> ExplainSpec:
    return ExplainSpec.model_validate({"kind": "explain", "model": "m", "dataset": "photographs", **changes})


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"score": "against:999"}, "'against:999': model m has 2 classes, 0 to 1"),
        ({"score": "against:daisy"}, "model m has no class 'daisy': use .* such as 'rose', 'tulip'"),
        ({"score": "against:Rose", "target": 0}, "a class cannot be held against itself"),
    ],
)
def test_a_class_that_the_model_does_not_have_is_nothing_to_explain_against(
    changes: dict[str, Any], message: str
) -> None:
    with pytest.raises(InvalidSpec, match=message) as refused:
        check_target(scored(**changes), MODEL)
    assert refused.value.field == "score"


def test_a_label_that_is_no_class_of_the_model_is_nothing_to_explain_against() -> None:
    with pytest.raises(InvalidSpec, match="names a label of the data set, but model and data set have 2 and 3"):
        check_target(scored(score="against:true"), MODEL, left_out="model and data set have 2 and 3 classes")


@pytest.mark.parametrize("score", ["against:tulip", "against:1", "against:second", "against:true", "logit"])
def test_a_class_of_the_model_may_be_held_against_another(score: str) -> None:
    check_target(scored(score=score, target=0), MODEL)


def paths_of(*methods: Method, max_evaluations: int) -> None:
    """What planning says of so many evaluations with a model of 1024 pixels."""
    ig = IntegratedGradients(max_evaluations=max_evaluations)
    asked = ExplainSpec(kind="explain", model="m", dataset="photographs", methods=methods, ig=ig)
    check_paths(asked, image_size=1024)


def test_paths_that_could_take_more_memory_than_there_is_are_refused_with_what_would_fit() -> None:
    with pytest.raises(InvalidSpec, match=r"max_evaluations 513: .* use 512 or fewer") as refused:
        paths_of("gradcam", "integrated_gradients", max_evaluations=513)
    assert refused.value.field == "ig.max_evaluations"


def test_paths_that_fit_pass_and_gradcam_has_none() -> None:
    paths_of("integrated_gradients", max_evaluations=512)
    paths_of("gradcam", max_evaluations=65_536)


def layer_of(*methods: Method, layer: str | None = None, feature_layer: str | None) -> None:
    """What planning says of these methods and a model with this layer."""
    asked = ExplainSpec(kind="explain", model="m", dataset="photographs", methods=methods, layer=layer)
    check_layer(asked, published(feature_layer=feature_layer))


def test_gradcam_is_refused_where_no_layer_stands_between_pixels_and_logits() -> None:
    with pytest.raises(InvalidSpec, match=r"GradCAM explains a layer.*Ask for integrated_gradients alone") as refused:
        layer_of("gradcam", "integrated_gradients", feature_layer=None)
    assert refused.value.field == "methods"


def test_a_model_without_a_layer_has_integrated_gradients_and_what_a_person_names() -> None:
    layer_of("integrated_gradients", feature_layer=None)
    layer_of("gradcam", layer="norm", feature_layer=None)
    layer_of("gradcam", feature_layer="features")
