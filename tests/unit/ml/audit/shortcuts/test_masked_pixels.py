from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from ml.audit.shortcuts.masked_pixels import filled, mask_at, matched, moved, pasted, rectangle_of
from ml.audit.shortcuts.suspicion import Place


def test_a_place_becomes_the_pixels_that_it_covers() -> None:
    assert rectangle_of(mask_at(Place(0.25, 0.5, 0.5, 1.0), 8, 12, margin=0)) == (2, 6, 2, 6)


def test_a_place_is_never_without_pixels() -> None:
    assert mask_at(Place(1.0, 0.999, 1.0, 1.0), 8, 8, margin=0).sum() == 1


def test_the_margin_around_a_place_ends_with_the_picture() -> None:
    assert rectangle_of(mask_at(Place(0.0, 0.5, 0.25, 1.0), 24, 24, margin=1 / 12)) == (0, 10, 8, 14)


@given(top=st.integers(0, 10), left=st.integers(0, 10), side=st.integers(1, 6), seed=st.integers(0, 99))
def test_a_moved_region_keeps_its_size_and_stays_in_the_picture(top: int, left: int, side: int, seed: int) -> None:
    mask = np.zeros((16, 16), bool)
    mask[top : top + side, left : left + side] = True
    away = moved(mask, rng=np.random.default_rng(seed))
    assert rectangle_of(away)[2:] == (side, side)
    assert away.sum() == mask.sum()


def test_pasting_changes_the_pixels_of_the_mask_alone_and_takes_sources_in_turn() -> None:
    targets = np.zeros((3, 4, 4, 3), np.uint8)
    sources = np.stack([np.full((4, 4, 3), value, np.uint8) for value in (5, 9)])
    mask = np.zeros((4, 4), bool)
    mask[1, 2] = True
    images = pasted(targets, sources, mask)
    assert images[:, 1, 2, 0].tolist() == [5, 9, 5]
    assert images[:, ~mask].sum() == 0


def test_without_a_source_no_image_comes_back() -> None:
    assert len(pasted(np.zeros((3, 4, 4, 3), np.uint8), np.zeros((0, 4, 4, 3), np.uint8), np.ones((4, 4), bool))) == 0


def test_a_filled_region_takes_the_colour_around_it_and_nothing_else_changes() -> None:
    image = np.full((1, 32, 32, 3), 100, np.uint8)
    mask = np.zeros((32, 32), bool)
    mask[4:12, 20:28] = True
    image[:, mask] = (255, 0, 255)
    inside = filled(image, mask)[0, mask].astype(int)
    assert np.abs(inside - 100).max() <= 2
    assert (filled(image, mask)[0, ~mask] == 100).all()


def test_a_filled_region_has_the_texture_around_it() -> None:
    noise = np.random.default_rng(0).integers(0, 200, (1, 64, 64, 3)).astype(np.uint8)
    image, mask = noise.copy(), mask_at(Place(0.1, 0.5, 0.4, 0.8), 64, 64, margin=0)
    image[:, mask] = (255, 0, 255)
    inside = filled(image, mask)[0, mask]
    np.testing.assert_allclose(inside.std(axis=0), noise[0, mask].std(axis=0), rtol=0.2)


def test_what_lies_beside_a_region_goes_on_in_it_without_an_edge() -> None:
    ramp = np.tile(np.arange(40, dtype=np.uint8)[None, None, :, None], (1, 40, 1, 3))
    masks = mask_at(Place(0.2, 0.0, 0.8, 0.25), 40, 40, margin=0)[None]
    row = filled(ramp, masks)[0, 20, :, 0].astype(int)
    assert row[:12].tolist() == [*range(20, 10, -1), 10, 11]


def test_a_region_that_reaches_over_what_could_be_mirrored_takes_the_nearest_pixels() -> None:
    ramp = np.tile(np.arange(40, dtype=np.uint8)[None, None, :, None], (1, 40, 1, 3))
    row = filled(ramp, mask_at(Place(0.0, 0.0, 1.0, 0.75), 40, 40, margin=0))[0, 20, :, 0]
    assert row.max() == 39
    assert (row[:20] == 30).all()


def test_what_is_pasted_has_soft_edges() -> None:
    mask = mask_at(Place(0.25, 0.25, 0.75, 0.75), 128, 128, margin=0)
    dark, bright = (np.full((1, 128, 128, 3), value, np.uint8) for value in (0, 200))
    row = pasted(dark, bright, mask)[0, 64, :, 0].astype(int)
    assert (row[:24] == 0).all()
    assert (row[40:88] == 200).all()
    assert (np.diff(row[24:40]) >= 0).all()
    assert np.abs(np.diff(row)).max() < 60
    np.testing.assert_array_equal(pasted(dark, bright, mask[None]), pasted(dark, bright, mask))


def test_a_region_at_the_edge_of_the_picture_is_pasted_up_to_it() -> None:
    dark, bright = (np.full((1, 128, 128, 3), value, np.uint8) for value in (0, 200))
    assert (pasted(dark, bright, mask_at(Place(0, 0, 0.25, 0.25), 128, 128, margin=0))[0, :24, 0] == 200).all()


def test_a_picture_that_is_filled_as_a_whole_becomes_its_mean() -> None:
    image = np.zeros((1, 4, 4, 3), np.uint8)
    image[0, :2] = 100
    assert (filled(image, np.ones((4, 4), bool)) == 50).all()


def test_a_matched_place_is_as_far_from_the_middle_and_apart_from_the_region() -> None:
    mask = mask_at(Place(0.0, 0.1, 0.25, 0.3), 40, 60, margin=0)
    places = {matched(mask, rng=np.random.default_rng(seed)).tobytes() for seed in range(20)}
    assert places == {np.ascontiguousarray(each).tobytes() for each in (mask[::-1], mask[:, ::-1], mask[::-1, ::-1])}


def test_what_lies_in_the_middle_is_matched_by_another_place_all_the_same() -> None:
    mask = mask_at(Place(0.4, 0.4, 0.6, 0.6), 40, 60, margin=0)
    found = matched(mask, rng=np.random.default_rng(0))
    assert found.sum() == mask.sum()
    assert not (found & mask).any()
