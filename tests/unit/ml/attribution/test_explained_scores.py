"""The explainer's maps of every score, against plain automatic differentiation of that score."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from types import MappingProxyType
from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf

from ml.attribution import explanation
from ml.attribution.explainer import Explainer, ExplainOptions, ImageExplanation
from ml.attribution.forward_pass import ForwardPass
from ml.attribution.gradcam import enlarged
from ml.attribution.noise import noisy_copies
from ml.attribution.scores import Score
from ml.errors import MlError
from ml.models.importing.model_head import find_logits
from tests.unit.ml.small_networks import (
    IMAGES,
    LABELS,
    SIZE,
    Floats,
    autodiff_gradcam,
    integrated_by_midpoints,
    network,
)

EVERY = ("centred", "logit", "log_probability", "against:second", "against:true", "against:3")
GRADCAM = ExplainOptions("features", methods=("gradcam",), batch_size=4)


def explain(model: keras.Model, options: ExplainOptions = GRADCAM, **changes: Any) -> list[ImageExplanation]:
    return Explainer(model, replace(options, **changes)).explain(IMAGES, LABELS)


@cache
def explained(score: str) -> list[ImageExplanation]:
    """By both methods, for class 2; several tests look at it."""
    options = replace(GRADCAM, methods=("gradcam", "integrated_gradients"), tolerance=0.001)
    return explain(network(), options, score=Score.parse(score), target=2)


def asked(score: str, found: ImageExplanation) -> dict[str, Any]:
    """The score of an image's first map, as the references take it."""
    return {"score": Score.parse(score).kind, "foil": found.methods["gradcam"].foil}


@pytest.mark.parametrize("linear_head", [True, False])
@pytest.mark.parametrize("score", EVERY)
def test_the_closed_form_of_each_score_is_what_autodiff_says(score: str, linear_head: bool) -> None:
    model = network(linear_head=linear_head)
    every = explained(score) if linear_head else explain(model, score=Score.parse(score), target=2)
    for image, found in zip(IMAGES, every, strict=True):
        expected = autodiff_gradcam(model, image, 2, **asked(score, found))
        np.testing.assert_allclose(found.class_maps[2], expected, atol=1e-5)
        np.testing.assert_allclose(found.methods["gradcam"].map, enlarged(expected, SIZE), atol=1e-5)


@pytest.mark.parametrize("score", EVERY)
def test_integrated_gradients_of_each_score_equal_a_fine_reference(score: str) -> None:
    found = explained(score)[1]
    integrated = found.methods["integrated_gradients"]
    reference = integrated_by_midpoints(network(), IMAGES[1], 2, **asked(score, found))
    np.testing.assert_allclose(integrated.map, reference, atol=0.02 * np.abs(reference).max())
    assert (integrated.score, integrated.foil) == (Score.parse(score), found.methods["gradcam"].foil)


@pytest.mark.parametrize(
    ("score", "foils"),
    [("centred", {None}), ("against:3", {3}), ("against:true", set(LABELS))],
)
def test_a_map_says_what_its_class_is_held_against(score: str, foils: set[int | None]) -> None:
    for found in explained(score):
        if "against_likeliest" not in found.methods["gradcam"].flags:
            assert found.methods["gradcam"].foil in foils


def test_a_class_that_would_be_held_against_itself_is_held_against_the_likeliest_other_and_flagged() -> None:
    found = explain(network(), score=Score.parse("against:true"), target="true")
    for each in found:
        ranked = [label for label, _ in each.top if label != each.target]
        assert each.methods["gradcam"].foil == ranked[0]
        assert "against_likeliest" in each.methods["gradcam"].flags


def test_the_second_class_is_chosen_without_a_flag() -> None:
    for found in explain(network(), score=Score.parse("against:second")):
        assert found.methods["gradcam"].foil == found.top[1][0]
        assert found.methods["gradcam"].flags == ()


def shifted(model: keras.Model) -> keras.Model:
    class Shifted(keras.layers.Layer):  # type: ignore[misc]  # Keras is untyped
        """Adds the same number to all logits of an image: any function of the features."""

        def call(self, features: Any, logits: Any) -> Any:
            mean = tf.reduce_mean(features, axis=(1, 2, 3))
            return logits + (40 * mean**2 + 9 * tf.sin(3 * mean) - 20 * features[:, 0, 0, 0])[:, None]

    features = model.get_layer("features").output
    return keras.Model(model.inputs[0], Shifted()(features, model.outputs[0]))


@pytest.mark.parametrize(
    ("score", "tolerance"),  # the probabilities themselves are those of rounded logits
    [("centred", 1e-5), ("against:second", 1e-5), ("log_probability", 2e-4)],
)
def test_whatever_is_added_to_all_logits_changes_no_map_and_no_prediction(score: str, tolerance: float) -> None:
    options = replace(GRADCAM, methods=("gradcam", "integrated_gradients"), score=Score.parse(score), tolerance=0.001)
    for one, other in zip(explained(score), explain(shifted(network()), options, target=2), strict=True):
        assert one.prediction == other.prediction
        assert one.confidence == pytest.approx(other.confidence, abs=1e-5)
        for name, found in one.methods.items():
            np.testing.assert_allclose(found.map, other.methods[name].map, atol=tolerance)


def test_the_logit_alone_does_not_stand_such_a_shift() -> None:
    model, options = network(), replace(GRADCAM, score=Score("logit"))
    pairs = zip(explain(model, options), explain(shifted(model), options), strict=True)
    assert max(np.abs(one.methods["gradcam"].map - other.methods["gradcam"].map).max() for one, other in pairs) > 0.1


def test_contrasts_of_a_layer_add_up_before_they_are_cut_off_at_zero(monkeypatch: pytest.MonkeyPatch) -> None:
    def signed(features: Any, gradients: Any) -> Any:
        return tf.reduce_sum(gradients * features[:, None], axis=-1)

    monkeypatch.setattr(explanation, "LAYER_METHODS", MappingProxyType({"gradcam": signed}))

    def maps(target: int, foil: int) -> list[Floats]:
        found = explain(network(), target=target, score=Score("against", foil))
        return [each.class_maps[target] for each in found]

    for one, other, both in zip(maps(0, 1), maps(1, 2), maps(0, 2), strict=True):
        np.testing.assert_allclose(one + other, both, atol=1e-6)


def test_noisy_copies_are_held_against_the_second_class_of_the_clean_image() -> None:
    model = network()
    found = explain(model, score=Score.parse("against:second"), noise_samples=3, noise_stddev=0.3)[0]
    copies = noisy_copies(IMAGES[0], samples=3, stddev=0.3)
    foil = found.top[1][0]
    maps = [autodiff_gradcam(model, copy, found.target, foil=foil) for copy in copies]
    np.testing.assert_allclose(found.class_maps[found.target], np.mean(maps, axis=0), atol=1e-5)


def test_another_model_can_be_asked_the_same_of_an_image() -> None:
    explainer = Explainer(network(), replace(GRADCAM, score=Score.parse("against:second"), target="true"))
    foils: list[int | None] = [4, 3, 1, 0, 2]
    found = explainer.explain(IMAGES, LABELS, foils=foils)
    assert [each.methods["gradcam"].foil for each in found] == foils


@pytest.mark.parametrize("linear_head", [True, False])
def test_a_wrong_prediction_is_also_explained_against_the_true_class(linear_head: bool) -> None:
    model, wrong = network(linear_head=linear_head), 0
    for image, label, found in zip(IMAGES, LABELS, explain(model, contrast=True), strict=True):
        contrast = found.methods.get("gradcam:contrast")
        assert (contrast is not None) == (found.prediction != label)
        if contrast is not None:
            wrong += 1
            assert (contrast.target, contrast.foil, str(contrast.score)) == (found.prediction, label, "against:true")
            expected = autodiff_gradcam(model, image, found.prediction, foil=label)
            assert contrast.layer_map is not None
            np.testing.assert_allclose(contrast.layer_map, expected, atol=1e-5)
    assert wrong > 0


def test_integrated_gradients_get_no_map_of_a_contrast() -> None:
    found = explain(network(), methods=("integrated_gradients",), contrast=True)
    assert all(set(each.methods) == {"integrated_gradients"} for each in found)


def test_a_map_that_answers_that_already_is_not_made_twice() -> None:
    found = explain(network(), contrast=True, score=Score.parse("against:true"))
    assert all(set(each.methods) == {"gradcam"} for each in found)


def test_an_image_without_a_label_gets_no_map_of_a_contrast() -> None:
    found = Explainer(network(), replace(GRADCAM, contrast=True)).explain(IMAGES[:2], [None, 77])
    assert all(set(each.methods) == {"gradcam"} for each in found)


def test_a_contrast_costs_no_further_forward_pass(monkeypatch: pytest.MonkeyPatch) -> None:
    passed, call = list[int](), ForwardPass.__call__

    def counted(self: ForwardPass, images: Any, *more: Any) -> Any:
        passed.append(len(images))
        return call(self, images, *more)

    monkeypatch.setattr(ForwardPass, "__call__", counted)
    explain(network(), contrast=True)
    assert sorted(passed) == [1, 4]


def test_a_single_sigmoid_is_explained_as_the_logit_between_two_classes() -> None:
    """Of -z/2 and z/2 the mean is 0: centred maps of the two classes are those of -z/2 and z/2."""
    body = network()
    features = body.get_layer("features").output
    pooled = keras.layers.GlobalAveragePooling2D()(features)
    probability = keras.layers.Dense(1, activation="sigmoid", name="single")(pooled)
    model = keras.Model(body.inputs[0], find_logits(probability, two_classes=True).logits)
    raised = Explainer(model, replace(GRADCAM, target=1)).explain(IMAGES, [None] * len(IMAGES))
    for image, found in zip(IMAGES, raised, strict=True):
        np.testing.assert_allclose(found.class_maps[1], autodiff_gradcam(model, image, 1, score="logit"), atol=1e-6)
        np.testing.assert_allclose(found.class_maps[0], autodiff_gradcam(model, image, 0, score="logit"), atol=1e-6)
        against = autodiff_gradcam(model, image, 1, foil=0)
        np.testing.assert_allclose(2 * found.class_maps[1], against, atol=1e-6)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"score": Score("against", 999)}, "'against:999': the model has classes 0 to 4"),
        ({"score": Score("against", 2), "target": 2}, "cannot be held against itself"),
    ],
)
def test_a_foil_that_cannot_be_is_refused(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(MlError, match=message):
        explain(network(), **changes)


def test_a_foil_that_needs_a_label_is_refused_without_one() -> None:
    with pytest.raises(MlError, match="needs images with labels"):
        Explainer(network(), replace(GRADCAM, score=Score.parse("against:true"))).explain(IMAGES[:1], [None])
