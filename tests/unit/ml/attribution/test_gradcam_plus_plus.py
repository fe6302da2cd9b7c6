"""GradCAM++, by hand, against its definition by three derivatives, and against plain automatic differentiation."""

from __future__ import annotations

import keras
import numpy as np
import pytest
import tensorflow as tf
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from ml.attribution.explainer import Explainer, ExplainOptions
from ml.attribution.gradcam_plus_plus import gradcam_plus_plus_maps
from tests.unit.ml.small_networks import IMAGES, LABELS, Floats, Images, network

KERNEL = np.random.default_rng(5).normal(size=3).astype(np.float32)
FEATURES = np.random.default_rng(6).uniform(0, 2, (2, 2, 3)).astype(np.float32)
signed = arrays.arrays(np.float32, (1, 2, 2, 3), elements=st.floats(-1e4, 1e4, width=32))


def derivatives_of_exp(place: tuple[int, int, int]) -> list[float]:
    """First, second and third derivative of exp(S) with respect to one activation, S being pooling and a dense row."""
    there = np.zeros_like(FEATURES)
    there[place] = 1
    step = tf.constant(0.0)
    with tf.GradientTape() as third, tf.GradientTape() as second, tf.GradientTape() as first:
        for tape in (first, second, third):
            tape.watch(step)
        value = tf.exp(tf.reduce_sum(tf.reduce_mean(FEATURES + step * there, axis=(0, 1)) * KERNEL))
        once = first.gradient(value, step)
        twice = second.gradient(once, step)
    return [float(each) for each in (once, twice, third.gradient(twice, step))]


def map_by_definition() -> Floats:
    """The paper's α, weights and map from derivatives of exp(S), up to the factor exp(S); (H, W)."""
    weights = np.zeros(3)
    for place in np.ndindex(*FEATURES.shape):
        once, twice, thrice = derivatives_of_exp(place)
        share = twice / (2 * twice + FEATURES[..., place[2]].sum() * thrice)
        weights[place[2]] += share * max(once, 0)
    score = float((FEATURES.mean(axis=(0, 1)) * KERNEL).sum())
    return np.asarray(np.maximum((FEATURES * weights).sum(axis=-1), 0) / np.exp(score), np.float32)


def autodiff_gradcam_plus_plus(model: keras.Model, image: Images, target: int) -> Floats:
    """The closed form as it is printed, with the powers of the gradient, (H, W)."""
    body = keras.Model(model.inputs[0], [model.get_layer("features").output, model.outputs[0]])
    with tf.GradientTape() as tape:
        features, logits = body(image[None].astype(np.float32), training=False)
        chosen = logits[0, target] - tf.reduce_mean(logits[0])
    gradient, features = np.asarray(tape.gradient(chosen, features))[0], np.asarray(features)[0]
    divisor = 2 * gradient**2 + features.sum(axis=(0, 1)) * gradient**3
    share = np.divide(gradient**2, divisor, out=np.zeros_like(divisor), where=divisor != 0)
    weights = (share * np.maximum(gradient, 0)).sum(axis=(0, 1))
    return np.asarray(np.maximum((features * weights).sum(axis=-1), 0), np.float32)


def test_two_feature_maps_by_hand() -> None:
    features = np.array([[[[2.0, 3.0]]]], np.float32)  # one image, one place, two feature maps
    gradients = np.array([[[[[0.5, -4.0]]]]], np.float32)  # of one class
    # w = 0.5 / (2 + 0.5 * 2) = 1/6 for the first, nothing for the second, and the map is 2 w.
    assert gradcam_plus_plus_maps(features, gradients).numpy().item() == pytest.approx(1 / 3)


def test_the_closed_form_equals_the_definition_by_three_derivatives() -> None:
    gradients = (KERNEL / 4)[None, None, None, None]  # of pooling over four places and a dense row
    found = gradcam_plus_plus_maps(FEATURES[None], gradients).numpy()[0, 0]
    np.testing.assert_allclose(found, map_by_definition(), rtol=1e-4)


def test_gradients_of_one_place_stand_for_the_same_at_each() -> None:
    one = np.random.default_rng(7).normal(size=(1, 2, 1, 1, 3)).astype(np.float32)
    everywhere = np.tile(one, (1, 1, 2, 2, 1))
    found, expected = (gradcam_plus_plus_maps(FEATURES[None], each).numpy() for each in (one, everywhere))
    np.testing.assert_allclose(found, expected, rtol=1e-5)


@pytest.mark.parametrize("linear_head", [True, False])
def test_gradcam_plus_plus_equals_plain_autodiff(linear_head: bool) -> None:
    model = network(linear_head=linear_head)
    options = ExplainOptions("features", methods=("gradcam++",), target="true", batch_size=4)
    for image, label, found in zip(IMAGES, LABELS, Explainer(model, options).explain(IMAGES, LABELS), strict=True):
        layer_map = found.methods["gradcam++"].layer_map
        assert layer_map is not None
        np.testing.assert_allclose(layer_map, autodiff_gradcam_plus_plus(model, image, label), atol=1e-5)


def test_a_score_whose_exponential_overflows_changes_nothing() -> None:
    model = network()
    options = ExplainOptions("features", methods=("gradcam++",), target=2)
    before = Explainer(model, options).explain(IMAGES, LABELS)
    model.get_layer("logits").bias.assign_add([0.0, 0.0, 1000.0, 0.0, 0.0])
    for one, other in zip(before, Explainer(model, options).explain(IMAGES, LABELS), strict=True):
        np.testing.assert_array_equal(one.methods["gradcam++"].map, other.methods["gradcam++"].map)


@given(features=signed, gradients=signed)
@settings(deadline=None, max_examples=50)
def test_whatever_the_activations_the_map_is_finite_and_never_below_zero(features: Floats, gradients: Floats) -> None:
    """Also where 2 + g ΣA would be zero, or below it."""
    found = gradcam_plus_plus_maps(features, gradients[None]).numpy()
    assert np.isfinite(found).all()
    assert found.min() >= 0


def test_a_divisor_of_zero_gives_a_number() -> None:
    features = np.array([[[[-2.0, 1.0]]]], np.float32)
    gradients = np.array([[[[[1.0, 0.0]]]]], np.float32)  # 2 g² + A g³ = 0 for both
    assert gradcam_plus_plus_maps(features, gradients).numpy().item() == 0
