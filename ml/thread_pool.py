"""Threads that work ahead of a generator."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager


@contextmanager
def thread_pool(threads: int, *, name: str) -> Iterator[ThreadPoolExecutor]:
    """Threads for a generator; at its end, work that has not begun is dropped.

    The end waits for work that has begun, unless the generator is closed early: the garbage collector may close it in
    any thread, also in one of these, which cannot wait for itself.
    """
    pool = ThreadPoolExecutor(threads, thread_name_prefix=name)
    closed_early = False
    try:
        yield pool
    except GeneratorExit:
        closed_early = True
        raise
    finally:
        pool.shutdown(wait=not closed_early, cancel_futures=True)
