"""A share of images with what it was counted from and its interval."""

from __future__ import annotations

from dataclasses import dataclass

from ml.evaluation.predictions import wilson_interval


@dataclass(frozen=True)
class Proportion:
    """How many of some images it is; ``low`` and ``high`` bound the share with 95 % (Wilson 1927)."""

    count: int
    of: int
    share: float
    low: float
    high: float


def proportion(count: int, of: int) -> Proportion | None:
    """The share ``count`` of ``of`` images with its interval; None of no images."""
    return Proportion(count, of, count / of, *wilson_interval(count, of)) if of else None
