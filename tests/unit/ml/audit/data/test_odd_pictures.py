"""Pictures that were made odd, measured and judged."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter

from ml.audit.data.odd_pictures import odd_pictures
from ml.audit.data.picture_measures import MEASURES, picture_measures
from ml.errors import MlError

Picture = NDArray[np.uint8]


def textured(seed: int, *, height: int = 96, width: int = 96) -> Picture:
    """A picture of patches of all sizes, grey on average."""
    random = np.random.default_rng(seed)
    noise = [gaussian_filter(random.normal(size=(height, width, 3)), (scale, scale, 0)) for scale in (1, 4, 12)]
    levels = np.sum([each / each.std() for each in noise], axis=0)
    return np.asarray(np.clip(127 + 25 * levels, 0, 255), np.uint8)


PICTURES = [textured(seed) for seed in range(20)]
PLAIN = np.stack([picture_measures(picture) for picture in PICTURES])


def kinds_of(odd: Picture, *, size: tuple[int, int] | None = None) -> set[str]:
    """How a picture is odd among twenty others, none of which is; ``size`` are its height and width, if not its own."""
    measures = np.vstack([PLAIN, picture_measures(odd)])
    measures[-1, 3:] = size or odd.shape[:2]
    found = odd_pictures(measures).found
    assert {each.image for each in found} <= {20}
    return {each.kind for each in found}


def test_measures_are_those_of_the_picture() -> None:
    half = np.zeros((10, 20, 3), np.uint8)
    half[:, 10:] = 200
    measured = dict(zip(MEASURES, picture_measures(half).tolist(), strict=True))
    assert measured["brightness"] == pytest.approx(100)
    assert measured["contrast"] == pytest.approx(100)
    assert (measured["height"], measured["width"]) == (10, 20)


def test_a_uniform_picture_has_no_sharpness() -> None:
    assert picture_measures(np.full((50, 70, 3), 9, np.uint8))[:3].tolist() == [9, 0, 0]


def test_pictures_alike_are_not_odd() -> None:
    assert odd_pictures(PLAIN).found == ()


def test_each_way_to_be_odd_is_named() -> None:
    picture = PICTURES[0].astype(np.float64)
    assert kinds_of((picture * 0.12).astype(np.uint8)) >= {"dark"}
    assert kinds_of((255 - (255 - picture) * 0.12).astype(np.uint8)) >= {"bright"}
    assert kinds_of((127 + (picture - 127) * 0.1).astype(np.uint8)) == {"low_contrast"}
    assert kinds_of(np.full_like(PICTURES[0], 127)) == {"low_contrast"}, "a uniform picture is not blurred"
    assert "blurred" in kinds_of(gaussian_filter(picture, (4, 4, 0)).astype(np.uint8))
    assert kinds_of(PICTURES[0], size=(480, 480)) == {"size"}
    assert kinds_of(PICTURES[0], size=(48, 192)) == {"proportions"}


def test_upright_and_lying_pictures_have_the_same_proportions() -> None:
    assert kinds_of(PICTURES[0], size=(96, 96)) == set()
    measures = PLAIN.copy()
    measures[:, 3], measures[:, 4] = 300, 400
    measures[5, 3:] = 400, 300
    assert odd_pictures(measures).found == ()


def test_words_say_what_was_measured_and_what_is_usual() -> None:
    measures = PLAIN.copy()
    measures[:, 0] = 120
    measures[3, 0] = 12
    [odd] = odd_pictures(measures).found
    assert odd.words == "It is dark: its mean brightness is 12 of 255; the median is 120."
    assert (odd.image, odd.kind, odd.value, odd.median) == (3, "dark", 12, 120)
    assert odd.deviations == pytest.approx(-10.8)  # 108 levels, of which 10 are the least that is a deviation


def test_few_pictures_are_judged_by_limits_alone() -> None:
    measures = PLAIN[:3].copy()
    measures[0, 0], measures[1, 3:] = 5, (4000, 4000)
    found = odd_pictures(measures)
    assert [each.kind for each in found.found] == ["dark"]
    assert found.left_out == ("Pictures were not compared with each other: there are 3, and 8 are needed.",)


def test_pictures_that_were_not_measured_are_left_out_in_words() -> None:
    measures = PLAIN.copy()
    measures[2] = np.nan
    assert odd_pictures(measures).left_out == ("1 pictures were not judged: they were not measured.",)


def test_no_picture_is_not_odd() -> None:
    assert odd_pictures(np.zeros((0, len(MEASURES)))).found == ()


def test_other_columns_are_refused() -> None:
    with pytest.raises(MlError, match="brightness"):
        odd_pictures(np.zeros((3, 2)))
