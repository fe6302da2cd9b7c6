"""What other explainers of images get wrong, each as a case that this one gets right."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache

import keras
import numpy as np
import pytest

from ml.attribution.explainer import Explainer, ExplainOptions, ImageExplanation
from ml.attribution.integrated_gradients.quadrature import graded_nodes, trapezoid_weights
from ml.attribution.scores import Score
from tests.unit.ml.small_networks import IMAGES, LABELS, autodiff_gradcam, integrated_by_midpoints, network


@lru_cache
def model() -> keras.Model:
    return network()


@lru_cache
def explained(target: str = "true") -> list[ImageExplanation]:
    options = ExplainOptions("features", target=target, tolerance=0.01, batch_size=5)
    return Explainer(model(), options).explain(IMAGES, LABELS)


def centred_logits(images: np.ndarray) -> np.ndarray:
    logits = np.asarray(model()(images.astype(np.float32), training=False))
    return np.asarray(logits - logits.mean(axis=1, keepdims=True))


def test_it_is_logits_that_are_explained_not_probabilities() -> None:
    scores = centred_logits(IMAGES)
    for row, found in enumerate(explained()):
        assert found.methods["integrated_gradients"].metrics["value"] == pytest.approx(scores[row, row], abs=1e-4)


def test_the_logit_alone_can_be_asked_for_and_is_what_is_then_explained() -> None:
    """Where an option that chooses the output changes nothing, logits and probabilities have the same maps."""
    options = ExplainOptions("features", target="true", score=Score("logit"), tolerance=0.01, batch_size=5)
    found = Explainer(model(), options).explain(IMAGES, LABELS)
    for row, (one, other) in enumerate(zip(found, explained(), strict=True)):
        logit = float(np.asarray(model()(IMAGES[row : row + 1].astype(np.float32), training=False))[0, row])
        assert one.methods["integrated_gradients"].metrics["value"] == pytest.approx(logit, abs=1e-4)
        assert np.abs(one.methods["gradcam"].map - other.methods["gradcam"].map).max() > 1e-3


def test_gradients_are_multiplied_by_the_way_from_the_baseline() -> None:
    differences = centred_logits(IMAGES) - centred_logits(np.zeros_like(IMAGES))
    for row, found in enumerate(explained()):
        total = float(found.methods["integrated_gradients"].map.sum())
        assert total == pytest.approx(differences[row, row], rel=0.011)


def test_gradient_and_difference_are_taken_in_the_same_space() -> None:
    """The preprocessing divides by 127.5: mixing the spaces would be off by this factor."""
    found = explained()[1].methods["integrated_gradients"].map
    reference = integrated_by_midpoints(model(), IMAGES[1], LABELS[1])
    assert np.abs(found).sum() == pytest.approx(np.abs(reference).sum(), rel=0.02)


@pytest.mark.parametrize("count", [2, 24, 50])
def test_trapezoid_weights_lose_nothing_and_count_the_ends_half(count: int) -> None:
    weights = trapezoid_weights(np.linspace(0, 1, count))
    assert weights.sum() == pytest.approx(1, abs=1e-12)
    assert weights[[0, -1]] == pytest.approx(0.5 / (count - 1))
    assert trapezoid_weights(graded_nodes(count)).sum() == pytest.approx(1, abs=1e-12)


def test_each_image_is_explained_for_its_own_class() -> None:
    for row, found in enumerate(explained()):
        assert found.target == row
        expected = autodiff_gradcam(model(), IMAGES[row], row)
        np.testing.assert_allclose(found.class_maps[row], expected, atol=1e-5)


def test_gradients_are_pooled_over_the_image_never_over_the_batch() -> None:
    twice = np.stack([IMAGES[0], IMAGES[0] // 2])
    options = ExplainOptions("features", methods=("gradcam",), target=2, batch_size=2)
    for image, found in zip(twice, Explainer(model(), options).explain(twice, [0, 0]), strict=True):
        np.testing.assert_allclose(found.class_maps[2], autodiff_gradcam(model(), image, 2), atol=1e-5)


def test_gradcam_keeps_its_final_rectification_and_masks_no_gradients() -> None:
    maps = np.concatenate([list(found.class_maps.values()) for found in explained()])
    assert maps.min() == 0
    assert maps.max() > 0


def test_no_right_prediction_is_black_because_all_logits_were_lowered_alike() -> None:
    lowered = network()
    kernel = lowered.get_layer("logits").kernel
    kernel.assign(kernel - 10)
    options = ExplainOptions("features", methods=("gradcam",))
    for found in Explainer(lowered, options).explain(IMAGES, LABELS):
        assert found.methods["gradcam"].flags == ()
    black = Explainer(lowered, replace(options, score=Score("logit"))).explain(IMAGES, LABELS)
    assert all(found.methods["gradcam"].flags == ("empty_cam",) for found in black)


def test_a_map_of_nothing_is_zero_and_flagged_never_nan() -> None:
    dark = network()
    dark.get_layer("logits").kernel.assign(np.tile(np.array([-1, 0, 0, 0, 0], np.float32), (12, 1)))
    options = ExplainOptions("features", methods=("gradcam",), target=0)
    for found in Explainer(dark, options).explain(IMAGES, LABELS):
        assert found.methods["gradcam"].flags == ("empty_cam",)
        assert not found.methods["gradcam"].map.any()


def test_attributions_are_summed_over_channels_so_that_completeness_can_be_checked() -> None:
    for found in explained():
        metrics = found.methods["integrated_gradients"].metrics
        total = float(found.methods["integrated_gradients"].map.sum(dtype=np.float64))
        expected = metrics["value"] - metrics["baseline_value"] + metrics["delta"]
        assert total == pytest.approx(expected, abs=1e-4)


def test_explaining_changes_nothing_about_the_model() -> None:
    fresh = network()
    before = fresh.get_weights()
    config = fresh.get_config()
    Explainer(fresh, ExplainOptions("features")).explain(IMAGES[:1], [0])
    assert fresh.get_config() == config
    for weight, kept in zip(fresh.get_weights(), before, strict=True):
        np.testing.assert_array_equal(weight, kept)
