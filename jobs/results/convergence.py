"""Compares and describes how well a map's attributions converged, also where δ is not finite."""

from __future__ import annotations

import math

from jobs.results.measure import JUDGED_DELTA
from jobs.results.record import MethodRecord

_SHARES = frozenset({"relative_delta", "worst_relative_delta", JUDGED_DELTA})


def sort_value(method: MethodRecord, name: str) -> float | None:
    """The value by which maps are sorted; None where it was not measured.

    A record holds null where δ is infinite or NaN; this counts as worse than any number.
    """
    if name == JUDGED_DELTA and name not in method.values:  # recorded before this was measured
        name = "relative_delta"
    value = method.values.get(name)
    return math.inf if value is None and name in _SHARES and name in method.values else value


def describe_delta(method: MethodRecord) -> str | None:
    """δ as text, in the unit that was compared with the tolerance; None for methods without δ."""
    if "relative_delta" not in method.values:
        return None
    delta, relative = method.values.get("delta"), method.values["relative_delta"]
    if "absolute_tolerance" in method.flags and delta is not None:
        return f"|δ| {abs(delta):.2g} logits"
    return "δ is no number" if relative is None else f"δ {100 * relative:.1f} %"
