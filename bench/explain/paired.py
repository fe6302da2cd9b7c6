"""Two things timed in turn, so that whatever else the machine does meets both."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable


def rate(work: Callable[[], int]) -> float:
    """Units of work per second, where ``work`` does some and says how many."""
    started = time.perf_counter()
    units = work()
    return units / (time.perf_counter() - started)


def ratio(ours: Callable[[], int], bare: Callable[[], int], *, rounds: int) -> tuple[float, float, float]:
    """Median of our rate over the bare one, round by round, and the median rates; both are warmed up first."""
    ours(), bare()
    pairs = [(rate(ours), rate(bare)) for _ in range(rounds)]
    return (
        statistics.median(one / other for one, other in pairs),
        statistics.median(one for one, _ in pairs),
        statistics.median(other for _, other in pairs),
    )
