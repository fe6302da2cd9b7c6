from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image

from ml.figures.preview_figure import TILE, Pair, caption, preview_png

RED, BLUE = (np.full((40, 40, 3), colour, np.uint8) for colour in ((200, 0, 0), (0, 0, 200)))


def test_mixed_labels_are_written_with_their_shares() -> None:
    assert caption((("rose", 1.0),)) == ("rose",)
    assert caption((("rose", 0.7), ("daisy", 0.3))) == ("0.70 rose", "0.30 daisy")


@pytest.mark.parametrize("count", [1, 3, 8, 9])
def test_every_pair_has_its_original_above_what_became_of_it(count: int) -> None:
    pair = Pair(RED, "rose", BLUE, (("rose", 0.7), ("a flower with quite a long name, far too long for a tile", 0.3)))
    drawn = np.asarray(Image.open(io.BytesIO(preview_png([pair] * count, title="t" * 500)))).astype(int)
    red, blue = ((np.abs(drawn - colour).sum(axis=-1) < 20) for colour in ((200, 0, 0), (0, 0, 200)))
    assert red.sum() == blue.sum() == count * TILE**2
    assert np.argwhere(red)[0][0] < np.argwhere(blue)[0][0]
