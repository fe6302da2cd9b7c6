"""An iterator that runs in its own thread, a bounded number of items ahead of its consumer."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator
from itertools import islice
from queue import Full, Queue
from types import TracebackType
from typing import Generic, Self, TypeVar

Item = TypeVar("Item")
_LOOK_EVERY_S = 0.1


class _End:
    """No more items, or the error that ended them."""

    def __init__(self, error: BaseException | None = None) -> None:
        self.error = error


class ReadAhead(Generic[Item]):
    """A context manager and an iterator; leaving it stops the thread at its next item and waits for it.

    Args:
        items: taken in the thread; what they raise is raised to the taker in their place.
        depth: so many items wait at most; then the thread waits.
    """

    def __init__(self, items: Iterable[Item], *, depth: int, name: str) -> None:
        self._items = items
        self._queue: Queue[Item | _End] = Queue(depth)
        self._stopped = threading.Event()
        self._end: _End | None = None
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stopped.set()
        self._thread.join()

    def __iter__(self) -> Iterator[Item]:
        return self

    def __next__(self) -> Item:
        item = self._end or self._queue.get()
        if not isinstance(item, _End):
            return item
        self._end = item
        raise item.error or StopIteration

    def batches(self, at_most: int) -> Iterator[list[Item]]:
        """All items, in batches of what waits at that moment, one or more."""
        for first in self:
            batch = [first]
            try:
                batch.extend(islice(self, min(self._queue.qsize(), at_most - 1)))
            except BaseException:
                if self._end is None:
                    raise
            yield batch  # what came before the error, which is raised again when the next item is asked for

    def _run(self) -> None:
        try:
            for item in self._items:
                if not self._put(item):
                    return
            self._put(_End())
        except BaseException as error:  # noqa: BLE001  (raised again where the items are taken)
            self._put(_End(error))

    def _put(self, item: Item | _End) -> bool:
        while not self._stopped.is_set():
            try:
                self._queue.put(item, timeout=_LOOK_EVERY_S)
            except Full:
                continue
            return True
        return False
