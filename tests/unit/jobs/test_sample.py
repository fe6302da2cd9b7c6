from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from jobs.sample import sample

SIZE = st.integers(1, 50)


@given(start=st.integers(0, 10_000), images=st.integers(1, 300), size=SIZE)
def test_a_sample_has_its_size_and_lies_within_the_split(start: int, images: int, size: int) -> None:
    found = sample(((start, start + images),), size)
    assert len(found) == min(size, images)
    assert found <= set(range(start, start + images))


@given(images=st.integers(1, 300), size=SIZE, more=SIZE)
def test_a_smaller_sample_is_part_of_a_larger_one(images: int, size: int, more: int) -> None:
    assert sample(((0, images),), size) <= sample(((0, images),), size + more)


def test_where_the_split_is_cut_changes_nothing() -> None:
    assert sample(((0, 40), (40, 100)), 7) == sample(((0, 100),), 7)


def test_no_size_means_every_image() -> None:
    assert sample(((3, 6), (8, 9)), None) == {3, 4, 5, 8}


def test_a_sample_is_the_same_in_every_process_and_spread_over_the_split() -> None:
    found = sorted(sample(((0, 4149),), 8))
    assert found == [688, 812, 1022, 2207, 2373, 3116, 3915, 4054]
