"""What the measurements of audits plant: wrong labels and near-duplicates."""

from __future__ import annotations

import numpy as np
import pytest

from bench.audit.copies import COPIES, copy_of
from bench.audit.label_noise import with_wrong_labels


@pytest.mark.parametrize(("share", "wrong"), [(0.02, 2), (0.1, 10), (0.001, 1)])
def test_the_share_of_labels_asked_for_is_wrong(share: float, wrong: int) -> None:
    labels = np.repeat(np.arange(4), 25)
    noisy = with_wrong_labels(labels, share=share, seed=3)
    assert int((noisy != labels).sum()) == wrong
    assert set(noisy.tolist()) == {0, 1, 2, 3}
    np.testing.assert_array_equal(noisy, with_wrong_labels(labels, share=share, seed=3))


@pytest.mark.parametrize("kind", list(COPIES))
def test_a_copy_keeps_its_proportions_and_differs(kind: str) -> None:
    picture = np.random.default_rng(0).integers(0, 256, (60, 90, 3), dtype=np.uint8)
    copy = copy_of(picture, kind, np.random.default_rng(1))
    assert copy.shape[1] / copy.shape[0] == pytest.approx(1.5, abs=0.05)
    assert copy.shape != picture.shape or (copy != picture).any()


def test_a_crop_takes_a_tenth_of_each_side() -> None:
    assert copy_of(np.zeros((100, 200, 3), np.uint8), "cropped", np.random.default_rng(1)).shape == (90, 180, 3)
