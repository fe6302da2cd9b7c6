"""Corrects p values for how many tests were made."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np


def holm_adjusted(p_values: Sequence[float]) -> tuple[float, ...]:
    """P values after Holm's correction (1979), in the same order.

    Whoever calls those below 0.05 significant is wrong about one or more in at most one of twenty such families, in
    whatever way the tests hang together.
    """
    count = len(p_values)
    order = np.argsort(p_values, kind="stable")
    stepped = np.asarray(p_values, np.float64)[order] * (count - np.arange(count))
    adjusted = np.empty(count)
    adjusted[order] = np.minimum(1.0, np.maximum.accumulate(stepped))
    return tuple(map(float, adjusted))
