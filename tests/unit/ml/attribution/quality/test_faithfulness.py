"""Deletion and insertion on a model of 32 pixels whose curves are known exactly: each step replaces one pixel."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ml.attribution.quality.faithfulness import (
    FILL,
    STEPS,
    Curve,
    CurveName,
    Floats,
    Ints,
    Subject,
    curves,
    removal_order,
)

SHAPE = (4, 8)
RNG = np.random.default_rng(5)
WEIGHTS: Floats = (RNG.permutation(32).reshape(SHAPE) / 500).astype(np.float32)
IMAGE = np.full((*SHAPE, 3), FILL + 1, np.float32)


def linear(images: Floats, targets: Ints) -> Floats:
    """Class 0 adds up what the weighted pixels have above the fill; class 1 is the opposite."""
    score = ((images[..., 0] - FILL) * WEIGHTS).sum(axis=(1, 2))
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
    assert found.area == pytest.approx(np.trapezoid(found.probabilities, dx=1 / STEPS))


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
    assert (max(sizes), sum(sizes)) == (10, 3 * (STEPS + 1))


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
