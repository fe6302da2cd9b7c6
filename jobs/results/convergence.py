"""Compares and describes how well a map's attributions converged, also where δ is not finite."""

from __future__ import annotations

import math
from collections.abc import Iterable

from jobs.results.measure import JUDGED_DELTA, MAP_ERROR
from jobs.results.record import MethodRecord

_SHARES = frozenset({"relative_delta", "worst_relative_delta", JUDGED_DELTA, MAP_ERROR, "cancellation"})


def sort_value(method: MethodRecord, name: str) -> float | None:
    """The value by which maps are sorted; None where it was not measured.

    A record holds null where an error is infinite or NaN; this counts as worse than any number.
    """
    if name == JUDGED_DELTA and name not in method.values:  # recorded before this was measured
        name = "relative_delta"
    value = method.values.get(name)
    return math.inf if value is None and name in _SHARES and name in method.values else value


def image_value(maps: Iterable[MethodRecord], method: str, name: str) -> float | None:
    """The value of an image: that of the first map of the method which was judged by the measure.

    The maps of further classes, and the contrast, answer other questions: none of them stands in where the value of
    the first is null.
    """
    first = next((each for each in maps if each.method == method and _judged_by(each, name)), None)
    return None if first is None else sort_value(first, name)


def describe_errors(method: MethodRecord) -> str | None:
    """How far map and sum are from right, as text; None for methods that do not say.

    δ is told in the unit that was compared with the tolerance, the map's error only where it was measured.
    """
    if "relative_delta" not in method.values:
        return None
    delta = _describe_delta(method)
    if MAP_ERROR not in method.values:
        return delta
    error = method.values[MAP_ERROR]
    return f"{'map error is no number' if error is None else f'map error {100 * error:.1f} %'}, {delta}"


def _judged_by(method: MethodRecord, name: str) -> bool:
    return name in method.values or (name == JUDGED_DELTA and "relative_delta" in method.values)


def _describe_delta(method: MethodRecord) -> str:
    delta, relative = method.values.get("delta"), method.values["relative_delta"]
    if "absolute_tolerance" in method.flags and delta is not None:
        return f"|δ| {abs(delta):.2g} logits"
    return "δ is no number" if relative is None else f"δ {100 * relative:.1f} %"
