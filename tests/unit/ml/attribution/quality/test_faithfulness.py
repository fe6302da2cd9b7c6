"""Deletion and insertion on a model of 32 pixels whose curves are known exactly: each step replaces one pixel."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.ndimage import gaussian_filter
from scipy.signal import convolve2d
from scipy.special import softmax

from ml.attribution.quality.faithfulness import (
    Curve,
    CurveName,
    Floats,
    Ints,
    Subject,
    curves,
    random_map,
    removal_order,
)
from ml.attribution.quality.faithfulness_protocol import FLORESCOPE, GREY, IMAGENET_MEAN, PROTOCOLS, RISE

SHAPE = (4, 8)
RNG = np.random.default_rng(5)
WEIGHTS: Floats = (RNG.permutation(32).reshape(SHAPE) / 500).astype(np.float32)
IMAGE = np.full((*SHAPE, 3), GREY + 1, np.float32)


def linear(images: Floats, targets: Ints) -> Floats:
    """Class 0 adds up what the weighted pixels have above the fill; class 1 is the opposite."""
    score = ((images[..., 0] - GREY) * WEIGHTS).sum(axis=(1, 2))
    return np.asarray(np.where(targets == 0, score, 1 - score), np.float32)


def follow(
    heatmaps: list[Floats], curve: CurveName = "deletion", *, image: Floats = IMAGE, batch: int = 7
) -> list[Curve]:
    return curves(linear, [Subject(image, heatmap, 0) for heatmap in heatmaps], curve, batch_size=batch)


def area(heatmap: Floats, curve: CurveName, *, image: Floats = IMAGE) -> float:
    return follow([heatmap], curve, image=image)[0].area


def test_deletion_takes_the_heaviest_pixel_first() -> None:
    found = follow([WEIGHTS])[0].probabilities
    lost = np.concatenate([[0], np.cumsum(np.sort(WEIGHTS.ravel())[::-1])])
    np.testing.assert_allclose(found, WEIGHTS.sum() - lost, atol=1e-6)


def test_the_area_is_that_of_the_trapezoids() -> None:
    found = follow([WEIGHTS])[0]
    assert found.area == pytest.approx(np.trapezoid(found.probabilities, dx=1 / 32))


def test_insertion_goes_from_a_blurred_picture_to_the_picture() -> None:
    board = np.indices((40, 40)).sum(axis=0) % 2 * 255
    picture = np.repeat(board[..., None], 3, axis=-1).astype(np.float32)

    def contrast(images: Floats, _: Ints) -> Floats:
        return np.asarray(images.std(axis=(1, 2, 3)) / 127.5, np.float32)

    subject = Subject(picture, RNG.normal(size=(40, 40)).astype(np.float32), 0)
    found = curves(contrast, [subject], "insertion", batch_size=16)[0].probabilities
    assert found[0] < 0.05
    assert found[-1] == pytest.approx(1)


def test_a_true_map_beats_a_random_one_and_that_its_reverse() -> None:
    bright = np.where(WEIGHTS[..., None] > np.median(WEIGHTS), 200, 130).astype(np.float32) * np.ones(3, np.float32)
    chance = RNG.permutation(WEIGHTS.ravel()).reshape(SHAPE)
    for picture in (IMAGE, bright):
        assert area(WEIGHTS, "deletion", image=picture) < area(chance, "deletion", image=picture)
        assert area(chance, "deletion", image=picture) < area(-WEIGHTS, "deletion", image=picture)
    gained = (bright - np.asarray(bright.mean(), np.float32))[..., 0] * WEIGHTS
    assert area(gained, "insertion", image=bright) > area(-gained, "insertion", image=bright)


def test_subjects_share_batches_but_not_results() -> None:
    maps = [RNG.normal(size=SHAPE).astype(np.float32) for _ in range(5)]
    together = [curve.area for curve in follow(maps, batch=13)]
    assert together == pytest.approx([follow([heatmap], batch=33)[0].area for heatmap in maps])


def test_no_call_is_larger_than_a_batch() -> None:
    sizes = []

    def counting(images: Floats, targets: Ints) -> Floats:
        sizes.append(len(images))
        return linear(images, targets)

    curves(counting, [Subject(IMAGE, WEIGHTS, 0)] * 3, "deletion", batch_size=10)
    assert (max(sizes), sum(sizes)) == (10, 3 * (32 + 1))


def test_a_map_that_is_not_finite_has_no_area_and_harms_no_other() -> None:
    broken = WEIGHTS.copy()
    broken[0, 0] = np.nan
    areas = [curve.area for curve in follow([WEIGHTS, broken, -WEIGHTS])]
    assert np.isnan(areas[1])
    assert [areas[0], areas[2]] == pytest.approx([area(WEIGHTS, "deletion"), area(-WEIGHTS, "deletion")])
    assert all(np.isnan(curve.area) for curve in follow([broken]))


def test_the_check_may_stop_it() -> None:
    def stop() -> None:
        raise InterruptedError

    with pytest.raises(InterruptedError):
        curves(linear, [Subject(IMAGE, WEIGHTS, 0)], "deletion", batch_size=8, check=stop)


@given(st.lists(st.integers(-3, 3), min_size=12, max_size=12))
def test_the_order_is_a_permutation_that_never_puts_a_smaller_value_first(values: list[int]) -> None:
    heatmap = np.asarray(values, np.float32).reshape(3, 4)
    places = removal_order(heatmap)
    assert sorted(places.ravel()) == list(range(12))
    assert (np.diff(heatmap.ravel()[np.argsort(places.ravel())]) <= 0).all()


def test_equal_pixels_are_spread_over_the_picture() -> None:
    """A map of ties that went row by row would delete the top of every picture first."""
    places = removal_order(np.zeros((16, 16), np.float32))
    first = places < 128
    assert 40 < first[:8].sum() < 88
    assert (places == removal_order(np.ones((16, 16), np.float32))).all()


def rise_curve(picture: Floats, heatmap: Floats, target: int, curve: CurveName) -> Floats:
    """What ``CausalMetric.single_run`` of the paper's code does, written again: a step of a row's worth of pixels.

    It works on the picture normalised by ImageNet's mean and deviation, and the model sees that picture; ours sees raw
    RGB, so it is made raw again before the model.
    """
    side = len(picture)
    mean, deviation = np.asarray(IMAGENET_MEAN), np.asarray((58.395, 57.12, 57.375))
    tensor = ((picture - mean) / deviation).transpose(2, 0, 1)
    kernel = np.zeros((11, 11))
    kernel[5, 5] = 1
    kernel = gaussian_filter(kernel, 5)
    if curve == "deletion":
        start, finish = tensor.copy(), np.zeros_like(tensor)
    else:
        start, finish = np.stack([convolve2d(plane, kernel, mode="same") for plane in tensor]), tensor
    start, finish = start.reshape(3, -1), finish.reshape(3, -1)
    order = np.flip(np.argsort(heatmap.reshape(-1)))
    scores = []
    for step in range(side + 1):
        raw = start.reshape(3, side, side).transpose(1, 2, 0) * deviation + mean
        scores.append(spiky(raw[None].astype(np.float32), np.array([target], np.int32))[0])
        start[:, order[side * step : side * (step + 1)]] = finish[:, order[side * step : side * (step + 1)]]
    return np.asarray(scores)


def spiky(images: Floats, targets: Ints) -> Floats:
    """A probability that hangs on every pixel and every colour, not linearly."""
    pattern = np.random.default_rng(2).normal(size=(*images.shape[1:], 2)) / 400
    logits = np.einsum("nhwc,hwck->nk", images - 120, pattern)
    return np.asarray(softmax(logits, axis=1)[np.arange(len(images)), targets], np.float32)


@pytest.mark.parametrize("curve", ["deletion", "insertion"])
@pytest.mark.parametrize("side", [24, 40])
def test_the_protocol_of_rise_is_that_of_its_code(curve: CurveName, side: int) -> None:
    picture = RNG.uniform(0, 255, (side, side, 3)).astype(np.float32)
    heatmap = RNG.normal(size=(side, side)).astype(np.float32)
    expected = rise_curve(picture, heatmap, 1, curve)
    found = curves(spiky, [Subject(picture, heatmap, 1)], curve, batch_size=16, protocol=RISE)[0]
    np.testing.assert_allclose(found.probabilities, expected, atol=2e-5)
    area = (expected.sum() - expected[0] / 2 - expected[-1] / 2) / (len(expected) - 1)  # their auc()
    assert found.area == pytest.approx(area, abs=2e-5)


def test_the_protocols_differ_in_steps_and_in_what_takes_a_pixels_place() -> None:
    picture = RNG.uniform(0, 255, (40, 40, 3)).astype(np.float32)
    assert (FLORESCOPE.steps(40), RISE.steps(40), RISE.steps(224)) == (32, 40, 224)
    assert (FLORESCOPE.filled(picture) == GREY).all()
    assert RISE.filled(picture)[3, 5] == pytest.approx(IMAGENET_MEAN)


@pytest.mark.parametrize("name", PROTOCOLS)
def test_a_picture_of_one_colour_stays_so_when_it_is_blurred(name: str) -> None:
    """RISE pads with the mean colour, so that this colour alone stays at the edges."""
    colour = np.broadcast_to(np.asarray(IMAGENET_MEAN, np.float32), (40, 40, 3))
    np.testing.assert_allclose(PROTOCOLS[name].blurred(colour), colour, atol=1e-4)


def test_a_random_map_is_the_same_for_the_same_seed_only() -> None:
    one, again, other = random_map(16, seed=1), random_map(16, seed=1), random_map(16, seed=2)
    assert (one == again).all()
    assert one.shape == (16, 16)
    assert (one != other).any()
