"""Summarises a comparison in a few numbers."""

from __future__ import annotations

from typing import Any

from jobs.results.comparison.document import Comparison
from jobs.results.report import Report

ALPHA = 0.05


def comparison_summary(found: Comparison) -> dict[str, Any]:
    """What lists, pages and scripts show; the rest is in ``comparison.json``."""
    accuracy = found.accuracy
    named = ("first_accuracy", "second_accuracy", "difference", "interval_95", "fixed", "broken", "p_value")
    return {
        "images": found.images,
        "compared": found.compared,
        "only_first": found.only_first,
        "only_second": found.only_second,
        "changed": found.changed,
        "judged": accuracy.images if accuracy else 0,
        **{name: _plain(getattr(accuracy, name)) for name in (named if accuracy else ())},
        "classes_worse": [each.name or str(each.label) for each in found.classes if _significant(each, worse=True)],
        "classes_better": [each.name or str(each.label) for each in found.classes if _significant(each, worse=False)],
        "map_correlation": {
            "/".join(dict.fromkeys((each.first_method, each.second_method))): each.correlation.model_dump(mode="json")
            for each in found.maps
            if each.correlation
        },
        "left_out": list(found.left_out),
    }


def summarize_comparison(reports: tuple[Report, ...]) -> dict[str, Any]:
    """The summary that its one step has reported; nothing where it did not come to that."""
    return dict(reports[0].values) if reports else {}


def _significant(change: Any, *, worse: bool) -> bool:
    return bool(change.p_corrected < ALPHA and (change.difference < 0) == worse)


def _plain(value: Any) -> Any:
    return list(value) if isinstance(value, tuple) else value
