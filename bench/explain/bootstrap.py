"""How far a statistic of so few images may be from that of many: percentile intervals of resampled images."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

RESAMPLES = 10_000
_SEED = 0


def interval(values: Sequence[float], statistic: Callable[..., object] = np.median) -> tuple[float, float]:
    """The 95 % bootstrap interval of a statistic that takes ``axis``, of n independent values."""
    drawn = np.random.default_rng(_SEED).choice(np.asarray(values, np.float64), (RESAMPLES, len(values)))
    low, high = np.quantile(np.asarray(statistic(drawn, axis=1)), (0.025, 0.975))
    return float(low), float(high)
