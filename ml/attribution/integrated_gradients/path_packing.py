"""Packs the points of many paths, which need different numbers of them, into batches of one size.

A path is opened when another one ends, so that batches stay full until no path is left.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Generic, Protocol, TypeVar

import numpy as np
import numpy.typing as npt

from ml.attribution.integrated_gradients.adaptive_path import AdaptivePath
from ml.attribution.integrated_gradients.attribution import Attribution

Floats = npt.NDArray[np.float32]
Ints = npt.NDArray[np.int32]
Ends_contra = TypeVar("Ends_contra", contravariant=True)


class Integrand(Protocol[Ends_contra]):
    """The function to integrate; ``ml.attribution.integrated_gradients.path_gradients.PathGradients`` is one."""

    @property
    def batch_size(self) -> int:
        """Points that fill a batch."""
        ...

    @property
    def slots(self) -> int:
        """Paths that can be open at once."""
        ...

    def open(self, slot: int, ends: Ends_contra, /) -> None:
        """Put a path into a slot."""

    def __call__(self, slots: Ints, alphas: Floats, /) -> tuple[Floats, Floats]:
        """F (n,) and the attribution density (n, S, S) at n points, no more than ``batch_size``."""
        ...


@dataclass(eq=False)
class _Opened:
    """A path in its slot, and the results so far of the points that it waits for."""

    number: int
    slot: int
    path: AdaptivePath
    waiting: npt.NDArray[np.float64]
    values: list[float] = field(default_factory=list)
    maps: list[Floats] = field(default_factory=list)

    def receive(self, value: float, density: Floats) -> bool:
        """Add the result of one point; return whether it was the last one waited for."""
        self.values.append(value)
        self.maps.append(density.copy())
        return len(self.values) == len(self.waiting)

    def advance(self) -> None:
        """Pass the results to the path, and ask it which nodes to evaluate next."""
        self.path.insert(self.waiting, np.asarray(self.values, np.float64), self.maps)
        self.waiting, self.values, self.maps = self.path.next_nodes(), [], []


def integrate(
    integrand: Integrand[Ends_contra],
    paths: Iterable[Ends_contra],
    start: Callable[[], AdaptivePath],
    *,
    check: Callable[[], None] = lambda: None,
) -> Iterator[tuple[int, Attribution]]:
    """Integrate along each path; yields its number and its attribution as it ends, not in order.

    Args:
        integrand: evaluates points.
        paths: taken one by one when a slot is free.
        start: makes the state of a new path.
        check: called before each evaluation; may raise to stop.
    """
    return _Packing(integrand, iter(paths), start).run(check)


class _Packing(Generic[Ends_contra]):
    """A first-in-first-out queue of points to evaluate, and the open paths that they belong to."""

    def __init__(
        self, integrand: Integrand[Ends_contra], ends: Iterator[Ends_contra], start: Callable[[], AdaptivePath]
    ) -> None:
        self._integrand = integrand
        self._ends = enumerate(ends)
        self._start = start
        self._free = list(range(integrand.slots))
        self._queue: deque[tuple[_Opened, float]] = deque()

    def run(self, check: Callable[[], None]) -> Iterator[tuple[int, Attribution]]:
        self._open_more()
        while self._queue:
            check()
            for opened in self._evaluate():
                opened.advance()
                if len(opened.waiting):
                    self._enqueue(opened)
                else:
                    self._free.append(opened.slot)
                    yield opened.number, opened.path.result()
            self._open_more()

    def _open_more(self) -> None:
        """Open paths until a batch is full, or until no slot is free or no path is left."""
        while self._free and len(self._queue) < self._integrand.batch_size:
            number, ends = next(self._ends, (None, None))
            if number is None or ends is None:
                return
            slot, path = self._free.pop(), self._start()
            self._integrand.open(slot, ends)
            self._enqueue(_Opened(number, slot, path, path.next_nodes()))

    def _enqueue(self, opened: _Opened) -> None:
        self._queue.extend((opened, alpha) for alpha in opened.waiting)

    def _evaluate(self) -> list[_Opened]:
        """Evaluate one batch; return the paths that have all their points now."""
        batch = [self._queue.popleft() for _ in range(min(len(self._queue), self._integrand.batch_size))]
        slots = np.asarray([opened.slot for opened, _ in batch], np.int32)
        alphas = np.asarray([alpha for _, alpha in batch], np.float32)
        values, maps = self._integrand(slots, alphas)
        arrived = zip(batch, values, maps, strict=True)
        return [opened for (opened, _), value, density in arrived if opened.receive(float(value), density)]
