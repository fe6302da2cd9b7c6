"""An iterator in a thread: same items, same order, bounded, and never lost when something breaks."""

from __future__ import annotations

import threading
from collections.abc import Generator, Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workers.kinds.explain.read_ahead import ReadAhead


@given(st.lists(st.integers()), st.integers(1, 5), st.integers(1, 4))
def test_batches_hold_all_items_in_order(items: list[int], depth: int, at_most: int) -> None:
    with ReadAhead(items, depth=depth, name="test") as ahead:
        batches = list(ahead.batches(at_most))
    assert [item for batch in batches for item in batch] == items
    assert all(1 <= len(batch) <= at_most for batch in batches)


def test_no_more_than_its_depth_waits() -> None:
    taken: list[int] = []

    def items() -> Iterator[int]:
        for number in range(100):
            taken.append(number)
            yield number

    with ReadAhead(items(), depth=3, name="test") as ahead:
        assert next(ahead) == 0
        threading.Event().wait(0.3)
        assert len(taken) <= 1 + 3 + 1, "one was taken, three wait, one is in the thread's hand"


def test_an_error_is_raised_after_what_came_before_it() -> None:
    def items() -> Iterator[int]:
        yield 1
        raise LookupError("the second is broken")

    with ReadAhead(items(), depth=4, name="test") as ahead:
        assert next(ahead) == 1
        for _ in range(2):
            with pytest.raises(LookupError, match="the second is broken"):
                next(ahead)


def test_leaving_early_ends_the_thread() -> None:
    closed = threading.Event()

    def items() -> Generator[int]:
        try:
            while True:
                yield 1
        finally:
            closed.set()

    endless = items()
    with ReadAhead(endless, depth=2, name="read-early") as ahead:
        next(ahead)
    assert "read-early" not in {thread.name for thread in threading.enumerate()}
    endless.close()
    assert closed.is_set()
