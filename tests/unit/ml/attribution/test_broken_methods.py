"""Methods that other packages add and that fail or give no maps: what they do wrong is named."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from ml.attribution.image_method import ImageMap, MapRequest
from ml.errors import BrokenMethod, MlError
from tests.unit.ml.attribution.added_methods import explain, gradient_times_input
from tests.unit.ml.small_networks import IMAGES, SIZE, Floats


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
