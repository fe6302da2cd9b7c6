from __future__ import annotations

import numpy as np
import numpy.typing as npt

from ml.audit.shortcuts.counterparts import FEWEST, counterparts
from ml.audit.shortcuts.picture_change import CHANGES

CAST = 1.25


def reds(natural: npt.NDArray[np.float64]) -> npt.NDArray[np.uint8]:
    """Grey pictures (n, 16, 16, 3) that are as red by nature as they are asked to be."""
    images = np.full((len(natural), 16, 16, 3), 80.0)
    images[..., 0] *= natural[:, None, None]
    return np.asarray(np.rint(images), np.uint8)


NATURE = np.exp(np.linspace(-0.3, 0.3, 60))


def test_a_cast_is_measured_as_it_is_though_only_the_reddest_show_it() -> None:
    others, cast = reds(NATURE), reds(CAST * NATURE)
    own = cast[-15:]
    change = CHANGES["colour"](own, counterparts("colour", own, others, share=0.25))
    against_all = CHANGES["colour"](own, others)
    measured, biased = (each.impose(np.full((1, 1, 1, 3), 100, np.uint8)).ravel() for each in (change, against_all))
    np.testing.assert_allclose(measured, [100 * CAST, 100, 100], atol=2)
    assert biased[0] > 100 * CAST + 15


def test_of_a_class_that_shows_it_as_a_whole_all_others_are_the_counterpart() -> None:
    others, cast = reds(NATURE), reds(CAST * NATURE)
    assert len(counterparts("colour", cast, others, share=1.0)) == len(others)


def test_a_few_are_taken_at_least() -> None:
    others = reds(NATURE)
    assert len(counterparts("colour", reds(2 * NATURE[-1:]), others, share=0.01)) == FEWEST


def test_what_differs_no_more_than_others_do_is_measured_against_itself() -> None:
    own = reds(NATURE[45:])
    assert counterparts("colour", own, reds(NATURE), share=0.1) is own


def test_of_a_blur_all_others_are_the_counterpart() -> None:
    others = reds(NATURE)
    assert counterparts("blur", others[:5], others, share=0.1) is others
