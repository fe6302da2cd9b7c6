from __future__ import annotations

import numpy as np
import pytest

from ml.attribution.quality.localization import focus, localization

MASK = np.zeros((4, 4), bool)
MASK[1:3, 1:3] = True


def test_a_map_on_the_object_hits_it_with_all_its_energy() -> None:
    found = localization(MASK.astype(np.float32), MASK)
    assert (found.pointing_game, found.energy_in_mask, found.mask_share) == (1, 1, 0.25)


def test_a_map_beside_the_object_misses_it() -> None:
    found = localization((~MASK).astype(np.float32), MASK)
    assert (found.pointing_game, found.energy_in_mask) == (0, 0)


def test_what_speaks_against_the_class_is_no_energy() -> None:
    heatmap = np.where(MASK, 1.0, -5.0).astype(np.float32)
    assert localization(heatmap, MASK).energy_in_mask == 1


def test_a_constant_map_scores_what_chance_would() -> None:
    found = localization(np.full((4, 4), 3, np.float32), MASK)
    assert (found.pointing_game, found.energy_in_mask) == (0.25, 0.25)


def test_a_map_of_zeros_points_by_chance_and_has_no_energy_to_share() -> None:
    found = localization(np.zeros((4, 4), np.float32), MASK)
    assert found.pointing_game == 0.25
    assert np.isnan(found.energy_in_mask)


@pytest.mark.parametrize("mask", [np.zeros((4, 4), bool), MASK])
def test_an_empty_mask_or_a_broken_map_gives_no_verdict(mask: np.ndarray) -> None:
    heatmap = np.ones((4, 4), np.float32)
    heatmap[0, 0] = np.nan if mask.any() else 1
    found = localization(heatmap, mask)
    assert np.isnan([found.pointing_game, found.energy_in_mask]).all()


def test_a_mask_of_another_picture_is_refused() -> None:
    with pytest.raises(ValueError, match=r"map \(4, 4\) and mask \(2, 2\)"):
        localization(np.ones((4, 4), np.float32), np.ones((2, 2), bool))


def test_focus_runs_from_even_to_all_in_one_place() -> None:
    even, point = np.ones((10, 10), np.float32), np.zeros((10, 10), np.float32)
    point[3, 4] = -2
    assert focus(even) == pytest.approx(0.1)
    assert focus(point) == 1


def test_a_map_of_zeros_or_nan_has_no_focus() -> None:
    assert np.isnan(focus(np.zeros((3, 3), np.float32)))
    assert np.isnan(focus(np.full((3, 3), np.nan, np.float32)))
