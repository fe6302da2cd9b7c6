"""Times the stages of a step, which run at once in threads: each is one span, from its first work to its last."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import TypeVar

from dispatch.traces import tracing

Item = TypeVar("Item")


class Stages:
    """The stages of one attempt; where nobody traces, nothing is timed."""

    def __init__(self) -> None:
        self._on = tracing.on()
        self._lock = threading.Lock()
        self._busy_ns: Counter[str] = Counter()
        self._began_ns: dict[str, int] = {}
        self._ended_ns: dict[str, int] = {}

    @contextmanager
    def timed(self, name: str) -> Iterator[None]:
        """Count the time of the block as work of this stage."""
        if not self._on:
            yield
            return
        began = time.time_ns()
        try:
            yield
        finally:
            self._add(name, began, time.time_ns())

    def each(self, name: str, items: Iterable[Item]) -> Iterator[Item]:
        """The same items: making each is work of this stage."""
        return self._timed_items(name, items, 1) if self._on else iter(items)

    def waiting(self, name: str, items: Iterable[Item]) -> Iterator[Item]:
        """The same items: while this stage waits for one, it does not work."""
        return self._timed_items(name, items, -1) if self._on else iter(items)

    def tell(self) -> None:
        """Make children of the current span; ``busy_s`` is added up over threads."""
        for name, began in self._began_ns.items():
            busy_s = max(round(self._busy_ns[name] / 1e9, 3), 0.0)
            tracing.record(name, began_ns=began, ended_ns=self._ended_ns[name], busy_s=busy_s)

    def _timed_items(self, name: str, items: Iterable[Item], sign: int) -> Iterator[Item]:
        following = iter(items)
        while True:
            began = time.time_ns()
            try:
                item = next(following)
            except StopIteration:
                return
            finally:
                self._add(name, began, time.time_ns(), sign)
            yield item

    def _add(self, name: str, began: int, ended: int, sign: int = 1) -> None:
        with self._lock:
            self._busy_ns[name] += sign * (ended - began)
            self._began_ns[name] = min(began, self._began_ns.get(name, began))
            self._ended_ns[name] = max(ended, self._ended_ns.get(name, ended))
