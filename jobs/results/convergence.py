"""How much a map's attributions miss, also where no finite number says so."""

from __future__ import annotations

import math

from jobs.results.measure import JUDGED_DELTA
from jobs.results.record import MethodRecord

_SHARES = frozenset({"relative_delta", "worst_relative_delta", JUDGED_DELTA})


def sort_value(method: MethodRecord, name: str) -> float | None:
    """A measure of a map as it counts in an order; None where it was not measured.

    What the attributions miss is null in a record where it is infinite or the numbers broke: worse than any number.
    """
    if name == JUDGED_DELTA and name not in method.values:  # recorded before this was measured
        name = "relative_delta"
    value = method.values.get(name)
    return math.inf if value is None and name in _SHARES and name in method.values else value


def describe_delta(method: MethodRecord) -> str | None:
    """What the attributions miss, in the unit that they were judged by; None where nothing was integrated."""
    if "relative_delta" not in method.values:
        return None
    delta, relative = method.values.get("delta"), method.values["relative_delta"]
    if "absolute_tolerance" in method.flags and delta is not None:
        return f"|δ| {abs(delta):.2g} logits"
    return "δ is no number" if relative is None else f"δ {100 * relative:.1f} %"
