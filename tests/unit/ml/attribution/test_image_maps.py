"""Methods that other packages add: what they get, and what becomes of what they give."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import tensorflow as tf

from ml.attribution.explainer import Explainer, ExplainOptions, ImageExplanation
from ml.attribution.gradcam import gradcam_maps
from ml.attribution.image_method import ImageMap, MapRequest
from ml.attribution.noise import noisy_copies
from ml.attribution.scores import NO_FOIL, Score
from tests.unit.ml.attribution.added_methods import added, explain, gradient_times_input
from tests.unit.ml.small_networks import IMAGES, LABELS, SIZE, Floats, network


def of_mine(found: ImageExplanation) -> Floats:
    return found.methods["mine"].map


def test_gradients_are_those_of_the_score_by_the_raw_pixels() -> None:
    model = network()
    for image, label, found in zip(IMAGES, LABELS, explain(gradient_times_input, target="true"), strict=True):
        pixels = tf.constant(image[None], tf.float32)
        with tf.GradientTape() as tape:
            tape.watch(pixels)
            logits = model(pixels, training=False)[0]
            score = logits[label] - tf.reduce_mean(logits)
        expected = np.asarray(tape.gradient(score, pixels) * pixels)[0].sum(axis=-1)
        np.testing.assert_allclose(of_mine(found), expected, atol=1e-5)
        assert found.methods["mine"].target == label


def test_the_functions_tell_the_same_as_the_model_for_any_number_of_images() -> None:
    seen: list[MapRequest] = []

    def keep(request: MapRequest) -> ImageMap:
        seen.append(request)
        return ImageMap(np.zeros((SIZE, SIZE)))

    explain(keep, target=3)
    logits = np.asarray(network()(IMAGES.astype(np.float32), training=False))
    np.testing.assert_allclose(seen[0].logits(IMAGES.astype(np.float32)), logits, atol=1e-5)
    centred = logits[:, 3] - logits.mean(axis=1)
    np.testing.assert_allclose(seen[0].scores(IMAGES.astype(np.float32)), centred, atol=1e-5)
    np.testing.assert_allclose(seen[0].probabilities(IMAGES.astype(np.float32)).sum(axis=1), 1, atol=1e-5)
    assert (seen[0].target, seen[0].batch_size) == (3, 2)
    np.testing.assert_array_equal([each.image for each in seen], IMAGES.astype(np.float32))


@pytest.mark.parametrize("name", ["centred", "logit", "log_probability", "against:second", "against:true"])
def test_scores_and_gradients_are_of_the_score_that_was_asked_for(name: str) -> None:
    seen: list[MapRequest] = []

    def keep(request: MapRequest) -> ImageMap:
        seen.append(request)
        return ImageMap(np.zeros((SIZE, SIZE)))

    found, score, model = explain(keep, score=Score.parse(name)), Score.parse(name), network()
    for request, each in zip(seen, found, strict=True):
        mine = each.methods["mine"]
        pixels = tf.constant(request.image[None])
        foil = tf.constant([NO_FOIL if mine.foil is None else mine.foil])
        with tf.GradientTape() as tape:
            tape.watch(pixels)
            value = score.values(model(pixels, training=False), tf.constant([request.target]), foil)
        assert (mine.score, mine.foil is None) == (score, score.foil is None)
        np.testing.assert_allclose(request.scores(request.image[None]), value, atol=1e-5)
        np.testing.assert_allclose(request.gradients(request.image[None]), tape.gradient(value, pixels), atol=1e-6)


def test_a_method_gets_its_options_and_images_that_were_computed_are_counted() -> None:
    def run(request: MapRequest) -> ImageMap:
        request.scores(np.zeros((request.options, SIZE, SIZE, 3), np.float32))
        return ImageMap(np.ones((SIZE, SIZE)), ("weak",), {"windows": 9})

    found = explain(run, given=5)[0].methods["mine"]
    assert found.metrics == {"evaluations": 5, "windows": 9}
    assert found.flags == ("weak",)
    assert found.layer_map is None


def test_with_noise_maps_of_noisy_copies_are_averaged() -> None:
    def red(request: MapRequest) -> ImageMap:
        request.scores(request.image[None])
        named = {"red": 1.0} if request.image[0, 0, 0] > copies[:, 0, 0, 0].min() else {}
        numbers = {"mean": float(request.image.mean()), "evaluations": 99}
        return ImageMap(request.image[..., 0], numbers={**numbers, **named})

    copies = noisy_copies(IMAGES[1], samples=3, stddev=0.1)
    found = explain(red, noise_samples=3)[1].methods["mine"]
    np.testing.assert_allclose(found.map, copies[..., 0].mean(axis=0), rtol=1e-5)
    assert found.metrics["mean"] == pytest.approx(copies.mean(), rel=1e-5)
    assert (found.metrics["evaluations"], found.metrics["red"]) == (3, 1)


def test_each_of_the_likeliest_classes_gets_a_map() -> None:
    def target(request: MapRequest) -> ImageMap:
        return ImageMap(np.full((SIZE, SIZE), request.target))

    for found in explain(target, target="top:2", methods=("gradcam", "mine")):
        first, second = np.argsort(-found.logits)[:2]
        assert list(found.methods) == ["gradcam", f"gradcam:{second}", "mine", f"mine:{second}"]
        assert found.methods["mine"].map[0, 0] == first
        assert found.methods[f"mine:{second}"].map[0, 0] == second


def test_nothing_is_compiled_for_methods_that_do_not_ask() -> None:
    options = ExplainOptions("features", methods=("mine",), added=(added(lambda _: ImageMap(np.zeros((SIZE, SIZE)))),))
    explainer = Explainer(network(), options)
    explainer.explain(IMAGES, LABELS)
    assert explainer.traces == 1


def test_no_map_depends_on_the_batch_of_its_image() -> None:
    together = explain(gradient_times_input, batch_size=5)
    for found, alone in zip(together, explain(gradient_times_input, batch_size=1), strict=True):
        np.testing.assert_allclose(of_mine(found), of_mine(alone), atol=1e-5)


@pytest.mark.parametrize("precision", ["bfloat16", "auto"])
def test_it_is_the_model_of_the_precision_that_was_chosen_which_is_asked(precision: str) -> None:
    found = explain(gradient_times_input, precision=precision)
    assert all(np.isfinite(of_mine(each)).all() for each in found)


def test_a_method_of_a_layer_is_computed_in_the_forward_pass() -> None:
    def doubled(features: Any, gradients: Any, options: float) -> Any:
        return options * gradcam_maps(features, gradients)

    for found in explain(doubled, of_layer=True, given=2.0, methods=("gradcam", "mine")):
        mine, gradcam = found.methods["mine"].layer_map, found.methods["gradcam"].layer_map
        assert mine is not None
        assert gradcam is not None
        np.testing.assert_allclose(mine, 2 * gradcam, rtol=1e-5)
