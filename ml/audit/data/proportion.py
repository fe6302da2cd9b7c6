"""A share of images with what it was counted from and its interval."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ml.evaluation.predictions import wilson_interval


@dataclass(frozen=True)
class Proportion:
    """How many of some images it is; ``low`` and ``high`` bound the share with 95 % (Wilson 1927)."""

    count: int
    of: int
    share: float
    low: float
    high: float


def proportion(values: NDArray[np.bool_]) -> Proportion:
    """The share of values (n,) that are true, of at least one."""
    count, of = int(values.sum()), len(values)
    return Proportion(count, of, count / of, *wilson_interval(count, of))
