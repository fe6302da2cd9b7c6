"""Which images of a batch have numbers that can be summed."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from ml.evaluation.predictions import score
from ml.evaluation.robustness import BatchEvaluation
from ml.evaluation.views import mean_of_views

LABELS = np.array([0, 1], np.int32)


def batch(logits: NDArray[np.float32], *, mirrored: NDArray[np.float32] | None = None) -> BatchEvaluation:
    """Two images of two classes, predicted as they are, and once more with the mean of their mirrored views."""
    by_views = None if mirrored is None else score(mean_of_views([logits, mirrored]), LABELS)
    return BatchEvaluation(logits, score(logits, LABELS), {}, {}, (), (), by_views)


@pytest.mark.parametrize("broken", [np.nan, np.inf])
def test_an_image_without_finite_logits_has_no_numbers(broken: float) -> None:
    assert batch(np.array([[broken, 1], [2, 1]], np.float32)).finite.tolist() == [False, True]


def test_an_image_has_no_numbers_where_one_of_its_views_has_none() -> None:
    logits = np.array([[1, 0], [2, 1]], np.float32)
    found = batch(logits, mirrored=np.array([[np.nan, 0], [2, 1]], np.float32))
    assert found.finite.tolist() == [False, True]
    kept = found.rows(found.finite).by_views
    assert kept is not None
    assert np.isfinite(kept.loss())


@pytest.mark.filterwarnings("ignore:overflow")
def test_an_image_has_no_numbers_where_its_loss_is_beyond_them() -> None:
    assert batch(np.array([[-3e38, 3e38], [2, 1]], np.float32)).finite.tolist() == [False, True]
