"""How many images may fail before their job does, counted as a person would."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jobs.results.failure_rate import too_many_failed
from jobs.results.image_counts import ImageCounts, add_counts, count_images
from jobs.results.record import ImageRecord, Outcome


def counts(images: int, *, failed: int, unreadable: int = 0) -> ImageCounts:
    outcomes = {Outcome.EXPLAINED: images - failed, Outcome.ERROR: failed}
    return ImageCounts(outcomes=outcomes, unreadable=unreadable)


@pytest.mark.parametrize(
    ("images", "failed", "unreadable", "why"),
    [
        (10, 9, 9, None),
        (100, 5, 0, None),
        (100, 6, 0, "6 of 100 images failed, more than max_failure_rate 0.05 allows"),
        (20, 11, 10, "1 of 10 readable images failed, more than max_failure_rate 0.05 allows"),
        (40, 21, 20, None),
        (3, 3, 3, "not one of 3 images came through"),
        (3, 3, 0, "not one of 3 images came through"),
        (0, 0, 0, None),
    ],
)
def test_broken_pictures_do_not_fail_a_job_that_says_nothing_of_them(
    images: int, failed: int, unreadable: int, why: str | None
) -> None:
    assert too_many_failed(counts(images, failed=failed, unreadable=unreadable), None) == why


@given(percent=st.integers(0, 100))
def test_exactly_the_share_that_is_allowed_may_fail(percent: int) -> None:
    """In binary numbers, 0.29 times 100 is less than 29."""
    assert too_many_failed(counts(100, failed=percent), percent / 100) is None
    if percent < 100:
        assert too_many_failed(counts(100, failed=percent + 1), percent / 100) is not None


def test_a_share_that_is_named_counts_every_image_that_failed() -> None:
    assert "2 of 4 images failed" in str(too_many_failed(counts(4, failed=2, unreadable=2), 0.25))
    assert too_many_failed(counts(4, failed=4, unreadable=4), 1.0) is None


def test_images_that_cannot_be_read_are_counted_over_all_steps() -> None:
    bad = ImageRecord(image_id="a", index=0, error="no picture", unreadable=True)
    strange = ImageRecord(image_id="b", index=1, error="no numbers")
    assert add_counts([count_images([bad, strange]), count_images([bad])]).unreadable == 2
