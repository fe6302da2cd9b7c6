from __future__ import annotations

import numpy as np

from ml.audit.shortcuts.picture_cues import CUES, GRID, picture_cues
from ml.audit.shortcuts.unusual_cells import unusual_cells
from tests.unit.ml.audit.shortcuts.made_up_pictures import MAGENTA, noise


def test_a_cell_of_another_colour_is_the_most_unusual_one_of_its_picture() -> None:
    images = np.random.default_rng(0).integers(60, 140, (30, 48, 48, 3)).astype(np.uint8)
    images[3, 8:12, 20:24] = MAGENTA
    found = unusual_cells(np.stack([picture_cues(image) for image in images]))
    assert found.shape == (30, GRID, GRID)
    assert [int(index) for index in np.unravel_index(found.argmax(), found.shape)] == [3, 2, 5]


def test_pictures_that_do_not_vary_and_none_at_all_are_taken() -> None:
    assert np.isfinite(unusual_cells(np.stack([picture_cues(np.zeros_like(noise()[0]))] * 3))).all()
    assert unusual_cells(np.zeros((0, len(CUES)), np.float32)).shape == (0, GRID, GRID)
