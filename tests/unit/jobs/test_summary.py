from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from jobs.record import ImageRecord, MethodRecord, Outcome
from jobs.summary import percentile, relative_deltas


@given(
    st.lists(st.floats(0, 10), min_size=1, max_size=50),
    st.sampled_from([5, 50, 95]),
)
def test_percentiles_are_those_of_numpy(values: list[float], percent: int) -> None:
    expected = float(np.percentile(values, percent))
    found = percentile(values, percent)
    assert found is not None
    assert abs(found - expected) < 1e-9


def test_images_without_integrated_gradients_have_no_delta() -> None:
    with_delta = MethodRecord(method="integrated_gradients", values={"relative_delta": -0.03})
    records = [
        ImageRecord(image_id="a", index=0, methods=(with_delta,)),
        ImageRecord(image_id="b", index=1, methods=(MethodRecord(method="gradcam"),)),
        ImageRecord(image_id="c", index=2, error="broken"),
    ]
    assert list(relative_deltas(records)) == [0.03]


def test_the_outcome_of_an_image_follows_from_label_and_prediction() -> None:
    assert ImageRecord(image_id="a", index=0, label=1, prediction=1).outcome is Outcome.CORRECT
    assert ImageRecord(image_id="a", index=0, label=1, prediction=2).outcome is Outcome.WRONG
    assert ImageRecord(image_id="a", index=0, prediction=2).outcome is Outcome.EXPLAINED
    assert ImageRecord(image_id="a", index=0, label=1, error="broken").outcome is Outcome.ERROR
