"""Methods that other packages add: what they get is right, and what they do wrong is named."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np
import pytest
import tensorflow as tf

from ml.attribution.added_method import AddedMethod
from ml.attribution.explainer import Explainer, ExplainOptions, ImageExplanation
from ml.attribution.gradcam import gradcam_maps
from ml.attribution.image_method import ImageMap, MapRequest
from ml.attribution.noise import noisy_copies
from ml.attribution.scores import NO_FOIL, Score
from ml.errors import BrokenMethod, MlError
from tests.unit.ml.small_networks import IMAGES, LABELS, SIZE, Floats, network


def added(function: Callable[..., Any], *, options: object = None, of_layer: bool = False) -> AddedMethod:
    return AddedMethod("mine", "package 1.0", "", of_layer, function, options)


def explain(function: Callable[..., Any], *, check: Callable[[], None] = lambda: None, **changes: Any) -> list[Any]:
    method = added(function, options=changes.pop("given", None), of_layer=changes.pop("of_layer", False))
    if not changes and method.options is None and not method.of_layer:
        running.append(function)
        return shared_explainer().explain(IMAGES, LABELS, check=check)
    return Explainer(network(), options_of(method, **changes)).explain(IMAGES, LABELS, check=check)


def options_of(method: AddedMethod, **changes: Any) -> ExplainOptions:
    return ExplainOptions("features", added=(method,), **{"methods": ("mine",), "batch_size": 2, **changes})


running: list[Callable[..., Any]] = []


def run_the_last(request: MapRequest) -> Any:
    return running[-1](request)


@cache
def shared_explainer() -> Explainer:
    """Compiled once; its method is the function that was added last to ``running``."""
    return Explainer(network(), options_of(added(run_the_last)))


def gradient_times_input(request: MapRequest) -> ImageMap:
    return ImageMap((request.gradients(request.image[None])[0] * request.image).sum(axis=-1))


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


def test_an_image_on_which_a_method_fails_says_so_and_the_others_have_their_maps() -> None:
    def run(request: MapRequest) -> ImageMap:
        if (request.image == IMAGES[1]).all():
            raise ZeroDivisionError("by nought")
        return ImageMap(np.ones((SIZE, SIZE)))

    found = explain(run)
    assert [bool(each.methods) for each in found] == [True, False, True, True, True]
    assert found[1].error == "method 'mine' of package 1.0 failed: ZeroDivisionError: by nought"


@pytest.mark.parametrize(
    "images", [np.zeros((2, 8, 8, 3)), np.zeros((SIZE, SIZE, 3)), np.zeros((0, SIZE, SIZE, 3)), np.zeros(())]
)
def test_images_of_another_shape_are_refused(images: Floats) -> None:
    found = explain(lambda request: request.logits(images))
    assert "ValueError: images (" in found[0].error
    assert f"expected (n, {SIZE}, {SIZE}, 3)" in found[0].error


def test_a_method_that_ends_the_process_only_fails() -> None:
    def leave(_: MapRequest) -> ImageMap:
        raise SystemExit(3)

    assert explain(leave)[0].error.endswith("failed: SystemExit: 3")


def test_the_image_cannot_be_changed_by_a_method() -> None:
    def paint(request: MapRequest) -> ImageMap:
        request.image[:] = 0
        return ImageMap(np.zeros((SIZE, SIZE)))

    assert "read-only" in explain(paint)[0].error


@pytest.mark.parametrize(
    ("given", "words"),
    [
        (np.zeros((SIZE, SIZE)), "gave a value of type ndarray: expected ImageMap"),
        (None, "gave a value of type NoneType"),
        (ImageMap(np.zeros((SIZE, 3))), rf"gave a map of shape \({SIZE}, 3\): expected \({SIZE}, {SIZE}\)"),
        (ImageMap(np.zeros((SIZE, SIZE, 3))), "gave a map of shape"),
        (ImageMap(np.full((SIZE, SIZE), "a")), "holds no numbers"),
        (ImageMap(np.zeros((SIZE, SIZE)), numbers={"n": None}), "holds no numbers"),  # type: ignore[dict-item]
        (ImageMap(np.zeros((SIZE, SIZE)), numbers=3), "holds no numbers"),  # type: ignore[arg-type]
    ],
)
def test_what_is_no_map_is_named(given: object, words: str) -> None:
    with pytest.raises(BrokenMethod, match=f"method 'mine' of package 1.0 {words}|{words}"):
        explain(lambda _: given)


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_a_map_with_broken_numbers_is_flagged(value: float) -> None:
    found = explain(lambda _: ImageMap(np.full((SIZE, SIZE), value)))
    assert found[0].methods["mine"].flags == ("non_finite",)


class Stopped(Exception):
    pass


def test_a_job_stops_between_batches_even_if_a_method_catches_everything() -> None:
    computed: list[int] = []

    def check() -> None:
        if computed:
            raise Stopped

    def stubborn(request: MapRequest) -> ImageMap:
        computed.append(1)
        for _ in range(3):
            try:
                request.scores(np.zeros((4, SIZE, SIZE, 3), np.float32))
            except Exception:  # noqa: BLE001
                computed.append(2)
        return ImageMap(np.zeros((SIZE, SIZE)))

    with pytest.raises(Stopped):
        explain(stubborn, check=check)
    assert computed == [1, 2, 2, 2]


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


@pytest.mark.parametrize(
    ("function", "words"),
    [
        (lambda features, *_: features[..., 0], r"gave maps of shape \(2, 8, 8\): expected \(2, \d, 8, 8\)"),
        (lambda *_: None, "failed: ValueError"),
        (lambda features, *_: features / features.nothing, "failed: AttributeError"),
    ],
)
def test_a_method_of_a_layer_that_gives_no_maps_is_named(function: Callable[..., Any], words: str) -> None:
    with pytest.raises(BrokenMethod, match=f"method 'mine' of package 1.0 {words}"):
        explain(function, of_layer=True)


def test_a_method_that_nobody_added_is_refused_with_those_there_are() -> None:
    with pytest.raises(MlError, match=r"choose one or more of gradcam, .*, integrated_gradients, mine"):
        explain(gradient_times_input, methods=("yours",))
