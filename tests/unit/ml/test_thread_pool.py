"""Threads of a generator: how they end with it."""

from __future__ import annotations

from collections.abc import Generator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from threading import Event

import pytest

from ml.thread_pool import thread_pool

SOON_S = 20.0


def pools() -> Generator[ThreadPoolExecutor, None, None]:
    with thread_pool(1, name="test") as pool:
        yield pool


def test_one_of_the_threads_may_close_the_generator_as_the_garbage_collector_does() -> None:
    generator = pools()
    next(generator).submit(generator.close).result(SOON_S)


def test_a_generator_that_is_closed_early_does_not_wait_and_drops_what_has_not_begun() -> None:
    generator, begun, let_go = pools(), Event(), Event()
    pool = next(generator)

    def work() -> bool:
        begun.set()
        return let_go.wait(SOON_S)

    running, waiting = pool.submit(work), pool.submit(work)
    assert begun.wait(SOON_S)
    generator.close()
    assert waiting.cancelled()
    assert not running.done()
    let_go.set()
    assert running.result(SOON_S)


@pytest.mark.parametrize("fails", [False, True])
def test_a_generator_that_ends_or_fails_waits_for_what_is_under_way(fails: bool) -> None:
    begun, ended = Event(), Event()

    def work() -> None:
        begun.set()
        Event().wait(0.05)
        ended.set()

    with suppress(KeyError), thread_pool(1, name="test") as pool:
        pool.submit(work)
        assert begun.wait(SOON_S)
        if fails:
            raise KeyError
    assert ended.is_set()
