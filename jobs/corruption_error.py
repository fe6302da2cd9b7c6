"""The mean corruption error of Hendrycks & Dietterich (2019), section 4."""

from __future__ import annotations

from collections.abc import Mapping
from statistics import fmean

Errors = Mapping[str, Mapping[int, float]]
"""Share of wrong predictions by corruption and severity."""


def corruption_errors(errors: Errors, *, baseline: Errors | None = None) -> dict[str, float | None]:
    """Error of each corruption over its severities.

    Against a baseline it is the ratio of the two sums, CE = Σₛ E(s, c) / Σₛ E_baseline(s, c), 1 meaning "as the
    baseline"; None where the baseline makes no error. Without one it is the mean error, not normalised.
    """
    if baseline is None:
        return {name: fmean(by_severity.values()) for name, by_severity in errors.items()}
    sums = {name: sum(baseline[name].values()) for name in errors}
    return {name: sum(errors[name].values()) / sums[name] if sums[name] else None for name in errors}


def mean_corruption_error(by_corruption: Mapping[str, float | None]) -> float | None:
    """Mean over the corruptions that have a number; None where none has."""
    known = [value for value in by_corruption.values() if value is not None]
    return fmean(known) if known else None
