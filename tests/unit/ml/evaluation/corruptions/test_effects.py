"""Each corruption does what it is named after."""

from __future__ import annotations

import numpy as np
import pytest

from ml.evaluation.corruptions.background import background
from ml.evaluation.corruptions.homography import enlarged, tilted, turned, unwarp, warp
from ml.evaluation.corruptions.lighting import brightness, contrast
from ml.evaluation.corruptions.occlusion import occlusion
from ml.evaluation.corruptions.quality import blur, noise
from ml.evaluation.corruptions.subject import Subject

PHOTO = np.random.default_rng(0).integers(0, 256, (64, 64, 3), dtype=np.uint8)


def rng() -> np.random.Generator:
    return np.random.default_rng(5)


def test_one_stop_doubles_or_halves_the_light() -> None:
    grey = np.full((8, 8, 3), 128, np.uint8)
    seen = {int(brightness(Subject(grey), np.random.default_rng(seed))(1.0).image[0, 0, 0]) for seed in range(9)}
    assert seen == {92, 176}


def test_contrast_keeps_the_mean_and_shrinks_the_spread() -> None:
    flat = contrast(Subject(PHOTO), rng())(0.5).image
    assert flat.mean() == pytest.approx(PHOTO.mean(), abs=0.5)
    assert flat.std() == pytest.approx(PHOTO.std() / 2, rel=0.01)


def test_noise_has_the_deviation_it_names() -> None:
    grey = np.full((64, 64, 3), 128, np.uint8)
    assert noise(Subject(grey), rng())(0.08).image.std() == pytest.approx(0.08 * 255, rel=0.03)


def test_blur_keeps_the_mean_and_removes_detail() -> None:
    soft = blur(Subject(PHOTO), rng())(0.03).image
    assert soft.mean() == pytest.approx(PHOTO.mean(), abs=1)
    assert soft.std() < PHOTO.std() / 2


@pytest.mark.parametrize("share", [0.05, 0.2, 0.45])
def test_occlusion_covers_the_share_it_names_with_one_colour(share: float) -> None:
    covered = occlusion(Subject(PHOTO), rng())(share).image
    changed = (covered != PHOTO).any(axis=-1)
    assert changed.mean() == pytest.approx(share, abs=0.02)
    assert len(np.unique(covered[changed], axis=0)) == 1


def test_a_stronger_occlusion_covers_all_that_a_weaker_one_does() -> None:
    at = occlusion(Subject(PHOTO), rng())
    weak, strong = ((at(share).image != PHOTO).any(axis=-1) for share in (0.1, 0.3))
    assert strong[weak].mean() > 0.99


def test_the_background_goes_and_the_object_stays() -> None:
    mask = np.zeros((64, 64), bool)
    mask[20:44, 20:44] = True
    changed = background(Subject(PHOTO, mask), rng())(1.0).image.astype(int)
    assert np.abs(changed - PHOTO)[24:40, 24:40].max() <= 1
    assert np.abs(changed - PHOTO)[:16].mean() > 20


def test_without_a_mask_nothing_is_taken_for_background() -> None:
    assert (background(Subject(PHOTO), rng())(1.0).image == PHOTO).all()


def test_a_rotation_of_0_is_the_identity_and_one_of_90_turns_the_picture() -> None:
    assert (warp(PHOTO, turned(0)) == PHOTO).all()
    turned_once = warp(PHOTO, turned(90)).astype(int)
    assert any(np.abs(turned_once - np.rot90(PHOTO, k)).max() <= 1 for k in (1, 3))


def test_zooming_by_2_shows_the_middle_half() -> None:
    middle = np.zeros((64, 64, 3), np.uint8)
    middle[16:48, 16:48] = 200
    assert (warp(middle, enlarged(2))[1:-1, 1:-1] == 200).all()


@pytest.mark.parametrize("view", [turned(30), enlarged(1.5), enlarged(0.7), tilted(40, direction=25)])
@pytest.mark.parametrize(("height", "width"), [(64, 64), (64, 96), (40, 120)])
def test_a_map_of_the_new_view_lands_where_it_was_in_the_old_one(
    view: np.ndarray[tuple[int, ...], np.dtype], height: int, width: int
) -> None:
    y, x = np.mgrid[0:height, 0:width]
    row, column = height // 2 - 4, width // 2 + 8
    blob = np.exp(-((x - column) ** 2 + (y - row) ** 2) / 40)
    seen = warp(np.repeat((blob * 255).astype(np.uint8)[..., None], 3, axis=2), view)[..., 0]
    back = unwarp(np.asarray(seen / 255, np.float32), view, picture=(height, width))
    known = np.isfinite(back)
    assert known[row, column]
    assert np.abs(back - blob)[known].max() < 0.12
    assert np.abs(back - blob)[known].mean() < 0.02


def test_what_the_new_view_did_not_reach_is_not_a_number() -> None:
    back = unwarp(np.ones((8, 8), np.float32), enlarged(2), picture=(8, 8))
    assert np.isfinite(back[2:6, 2:6]).all()
    assert np.isnan(back[:2]).all()


@pytest.mark.parametrize(("height", "width"), [(40, 40), (40, 120), (120, 40)])
def test_beyond_the_edges_of_a_picture_of_any_shape_it_is_mirrored(height: int, width: int) -> None:
    assert warp(np.full((height, width, 3), 200, np.uint8), enlarged(0.51)).min() >= 199


def test_a_map_of_other_proportions_than_the_picture_lands_where_the_picture_does() -> None:
    heatmap = np.zeros((4, 10), np.float32)
    heatmap[0, 5] = 1
    back = unwarp(heatmap, turned(90), picture=(100, 300))
    assert np.isnan(back[:, :3]).all()
    assert np.isfinite(back[:, 4:6]).all()
