from __future__ import annotations

import keras
import numpy as np
import pytest
from scipy.stats import spearmanr

from jobs.results.measure import CASCADE
from ml.attribution.quality.faithfulness import Subject, curves
from ml.attribution.quality.randomization import (
    STAGES,
    LeftOut,
    cascade,
    randomize,
    rank_correlation,
    similarity,
)
from ml.attribution.quality.target_probability import target_probability
from ml.errors import MlError

RNG = np.random.default_rng(7)


def network() -> keras.Model:
    """A small classifier with a nested body, normalised input and a head that starts with zeros."""
    keras.utils.set_random_seed(2)
    inside = keras.Input((8, 8, 4))
    nested = keras.Model(inside, keras.layers.DepthwiseConv2D(3, padding="same", name="deep")(inside), name="nested")
    image = keras.Input((8, 8, 3))
    x = keras.layers.Normalization(mean=[100, 100, 100], variance=[9, 9, 9])(image)
    x = keras.layers.Conv2D(4, 3, padding="same", name="first")(x)
    x = keras.layers.BatchNormalization(name="norm")(x)
    x = keras.layers.ReLU(name="features")(nested(x))
    x = keras.layers.Dropout(0.5)(keras.layers.GlobalAveragePooling2D()(x))
    return keras.Model(image, keras.layers.Dense(3, kernel_initializer="zeros", name="logits")(x))


def weights(model: keras.Model) -> dict[str, np.ndarray]:
    """All but the state of the generator of Dropout, whose first value any thread of the process may change."""
    return {weight.path: np.array(weight) for weight in model.weights if "float" in str(weight.dtype)}


def changed(stage: int, *, seed: int = 0) -> tuple[dict[str, np.ndarray], set[str]]:
    model = network()
    before = weights(model)
    randomize(model, stage, feature_layer="features", seed=seed)
    after = weights(model)
    return after, {path for path in after if not np.array_equal(before[path], after[path])}


def test_the_cascade_goes_from_the_head_down_and_keeps_what_it_has_drawn() -> None:
    head, deep, first = (changed(stage) for stage in range(3))
    assert cascade(network(), feature_layer="features") == ("logits", "deep", "first")
    assert head[1] == {"logits/kernel"}
    assert deep[1] == {"logits/kernel", "deep/kernel"}
    assert first[1] == {"logits/kernel", "deep/kernel", "first/kernel"}
    assert all(np.array_equal(deep[0][path], first[0][path]) for path in deep[1])


def test_a_deep_backbone_is_divided_into_quarters() -> None:
    image = x = keras.Input((8, 8, 3))
    for number in range(10):
        x = keras.layers.Conv2D(2, 1, name=f"conv_{number}")(x)
        x = keras.layers.BatchNormalization(name=f"norm_{number}")(x)
    pooled = keras.layers.GlobalAveragePooling2D()(x)
    model = keras.Model(image, keras.layers.Dense(3, name="logits")(pooled))
    stages = cascade(model, feature_layer="norm_9")
    assert len(stages) == STAGES == len(CASCADE)
    assert stages == ("logits", "conv_8", "conv_6", "conv_3", "conv_0")


def test_a_normalisation_goes_with_the_convolution_before_it() -> None:
    model = network()
    model.get_layer("norm").beta.assign(np.full(4, 9.0))
    randomize(model, 1, feature_layer="features")
    assert np.array_equal(model.get_layer("norm").beta, np.full(4, 9.0))


def test_what_training_moved_goes_back_to_where_it_starts() -> None:
    model = network()
    model.get_layer("norm").moving_variance.assign(np.full(4, 9.0))
    model.get_layer("norm").beta.assign(np.full(4, 9.0))
    randomize(model, 2, feature_layer="features")
    assert np.array_equal(model.get_layer("norm").moving_variance, np.ones(4))
    assert np.array_equal(model.get_layer("norm").beta, np.zeros(4))


def test_the_preparation_of_the_input_is_not_learnt_and_stays() -> None:
    model = network()
    before = np.asarray(model.layers[1](np.ones((1, 8, 8, 3), np.float32)))
    randomize(model, 2, feature_layer="features")
    assert np.array_equal(before, model.layers[1](np.ones((1, 8, 8, 3), np.float32)))


@pytest.mark.parametrize("stage", range(3))
def test_the_seed_decides_the_weights(stage: int) -> None:
    once, again, other = (changed(stage, seed=seed)[0] for seed in (0, 0, 1))
    assert all(np.array_equal(once[path], again[path]) for path in once)
    assert any(not np.array_equal(once[path], other[path]) for path in once)


def test_a_head_without_weights_is_refused() -> None:
    image = keras.Input((8, 8, 3))
    spatial = keras.layers.Conv2D(3, 3, name="features")(image)
    model = keras.Model(image, keras.layers.GlobalAveragePooling2D()(spatial))
    with pytest.raises(MlError, match="the head of the model has no weights"):
        cascade(model, feature_layer="features")


def test_the_rank_correlation_is_that_of_scipy_also_with_ties() -> None:
    one, other = RNG.integers(0, 5, (2, 9, 9)).astype(np.float32)
    assert rank_correlation(one, other) == pytest.approx(spearmanr(one.ravel(), other.ravel()).statistic)


def test_a_map_is_like_itself_and_unlike_its_opposite_but_for_the_magnitude() -> None:
    heatmap = RNG.normal(size=(6, 6)).astype(np.float32)
    turned = similarity(heatmap, -heatmap)
    assert (turned.signed, turned.magnitude) == pytest.approx((-1, 1))
    assert rank_correlation(heatmap, 3 * heatmap + 1) == pytest.approx(1)


def test_maps_without_ranks_have_no_correlation() -> None:
    heatmap = RNG.normal(size=(6, 6)).astype(np.float32)
    assert np.isnan(rank_correlation(heatmap, np.zeros((6, 6), np.float32)))
    assert np.isnan(rank_correlation(heatmap, np.full((6, 6), np.nan, np.float32)))


FLAT, BROKEN = np.zeros((6, 6), np.float32), np.full((6, 6), np.nan, np.float32)


@pytest.mark.parametrize(
    ("one", "randomized", "reason"),
    [
        (None, FLAT, "randomized_constant"),
        (FLAT, None, "constant"),
        (None, BROKEN, "randomized_not_finite"),
        (BROKEN, None, "not_finite"),
        (FLAT, BROKEN, "randomized_not_finite"),
        (None, None, None),
    ],
)
def test_maps_that_cannot_be_compared_say_why(
    one: np.ndarray | None, randomized: np.ndarray | None, reason: LeftOut | None
) -> None:
    heatmap = RNG.normal(size=(6, 6)).astype(np.float32)
    found = similarity(heatmap if one is None else one, heatmap if randomized is None else randomized)
    assert found.left_out == reason
    assert np.isnan(found.signed) == np.isnan(found.magnitude) == (reason is not None)


def test_a_compiled_classifier_gives_the_softmax_of_the_target_however_full_the_batch() -> None:
    model = network()
    model.get_layer("logits").kernel.assign(RNG.normal(size=(4, 3)))
    images = RNG.uniform(0, 255, (5, 8, 8, 3)).astype(np.float32)
    targets = np.array([0, 1, 2, 0, 1], np.int32)
    logits = np.asarray(model(images, training=False))
    expected = (np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True))[np.arange(5), targets]
    for size in (5, 8):
        found = target_probability(model, batch_size=size)(images, targets)
        np.testing.assert_allclose(found, expected, rtol=1e-5)


def test_a_curve_begins_with_the_probability_of_the_whole_image() -> None:
    model = network()
    model.get_layer("logits").kernel.assign(RNG.normal(size=(4, 3)))
    image = RNG.uniform(0, 255, (8, 8, 3)).astype(np.float32)
    probability = target_probability(model, batch_size=4)
    heatmap = RNG.normal(size=(8, 8)).astype(np.float32)
    whole = float(probability(image[None], np.array([2], np.int32))[0])
    deletion, insertion = (
        curves(probability, [Subject(image, heatmap, 2)], name, batch_size=4)[0] for name in ("deletion", "insertion")
    )
    assert deletion.probabilities[0] == pytest.approx(whole, rel=1e-5)
    assert insertion.probabilities[-1] == pytest.approx(whole, rel=1e-5)


def test_a_separable_kernel_is_drawn_for_the_channel_that_it_sees() -> None:
    image = keras.Input((8, 8, 64))
    seen = keras.layers.SeparableConv2D(64, 3, padding="same", name="separable")(image)
    pooled = keras.layers.GlobalAveragePooling2D()(seen)
    model = keras.Model(image, keras.layers.Dense(3, name="logits")(pooled))
    randomize(model, 1, feature_layer="separable")
    deviations = {weight.name: float(np.std(weight)) for weight in model.get_layer("separable").weights}
    assert deviations["depthwise_kernel"] == pytest.approx(9**-0.5, rel=0.1)
    assert deviations["pointwise_kernel"] == pytest.approx(64**-0.5, rel=0.1)
