"""Percentiles without numpy."""

from __future__ import annotations

from statistics import quantiles


def percentile(values: list[float], percent: int) -> float | None:
    """Linear interpolation between order statistics; None of nothing."""
    if len(values) < 2:
        return values[0] if values else None
    return quantiles(values, n=100, method="inclusive")[percent - 1]
