"""Summarises an explanation job: accuracy, completeness, map metrics and speed."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from statistics import fmean, median, quantiles
from typing import Any

from pydantic import JsonValue

from jobs.models.artifact import GALLERY
from jobs.results.measure import MEASURES
from jobs.results.record import ImageRecord, Outcome
from jobs.results.report import Report

IG = "integrated_gradients"
PERCENTILES = (5, 25, 50, 75, 95, 99)
_RANDOMIZED = "spearman_random_"
Values = Mapping[str, Mapping[str, list[float]]]


def summarize_explanation(reports: tuple[Report, ...]) -> dict[str, Any]:
    """The summary of the job; values that were not measured are None or missing."""
    records = [record for report in reports for record in report.records]
    outcomes = Counter(record.outcome for record in records)
    labelled = outcomes[Outcome.CORRECT] + outcomes[Outcome.WRONG]
    artifacts = [artifact for report in reports for artifact in report.all_artifacts()]
    values = _values(records)
    return {
        "images": len(records),
        "explained": len(records) - outcomes[Outcome.ERROR],
        "failed": outcomes[Outcome.ERROR],
        "accuracy": outcomes[Outcome.CORRECT] / labelled if labelled else None,
        "labels_left_out": next((report.values.get("labels_left_out") or None for report in reports), None),
        "images_per_s": _images_per_s(reports, len(records)),
        **_completeness(records),
        "flags": dict(Counter(flag for record in records for method in record.methods for flag in method.flags)),
        "metrics": _metrics(values),
        "randomization": _randomization(values),
        "compiled_again": sum(_whole(report.values.get("compiled_again")) for report in reports),
        "artifacts": len(artifacts),
        "heatmap_objects": sum(_is_heatmap(artifact.name) for artifact in artifacts),
    }


def relative_deltas(records: Iterable[ImageRecord]) -> Iterable[float]:
    """|δ| / |F(x) − F(x′)| of every image that has one."""
    for record in records:
        method = record.method(IG)
        value = method.values.get("relative_delta") if method else None
        if value is not None:
            yield abs(value)


def _completeness(records: list[ImageRecord]) -> dict[str, float | None]:
    """Percentiles of the finite relative δ, how many images have none, and how many were measured in logits instead."""
    found = [method for record in records if (method := record.method(IG))]
    deltas = list(relative_deltas(records))
    evaluations = [value for method in found if (value := method.values.get("evaluations")) is not None]
    settled = sum(not {"unconverged", "non_finite"} & set(method.flags) for method in found)
    return {
        **{f"relative_delta_p{percent}": percentile(deltas, percent) for percent in PERCENTILES},
        "relative_delta_max": max(deltas, default=None),
        "relative_delta_left_out": len(found) - len(deltas),
        "judged_in_logits": sum("absolute_tolerance" in method.flags for method in found),
        "converged_share": settled / len(found) if found else None,
        "evaluations_p50": percentile(evaluations, 50),
    }


def _whole(value: JsonValue) -> int:
    """0 where an older version measured nothing."""
    return value if isinstance(value, int) else 0


def _is_heatmap(name: str) -> bool:
    return name.endswith((".png", ".npz")) and not name.endswith(GALLERY)


def _images_per_s(reports: tuple[Report, ...], images: int) -> float | None:
    """Images per second from the first step's start to the last one's end, on all workers together."""
    first = min((report.started_at for report in reports), default=None)
    last = max((report.finished_at for report in reports), default=None)
    seconds = (last - first).total_seconds() if first and last else 0.0
    return images / seconds if seconds > 0 else None


def _values(records: Iterable[ImageRecord]) -> Values:
    """Every measured value by method and name; for an image with maps of several classes, of the first class."""
    found: dict[str, dict[str, list[float]]] = defaultdict(lambda: defaultdict(list))
    for record in records:
        for method in (each for each in record.methods if each.rank == 1):
            for name, value in method.values.items():
                if value is not None:
                    found[method.method][name].append(value)
    return found


def _metrics(values: Values) -> dict[str, dict[str, dict[str, float]]]:
    """Mean and median of the map metrics, by method."""
    return {
        method: {
            name: {"mean": fmean(measured[name]), "median": median(measured[name]), "images": len(measured[name])}
            for name, measure in MEASURES.items()
            if name in measured and (measure.metric or name == "focus") and not name.startswith(_RANDOMIZED)
        }
        for method, measured in values.items()
    }


def _randomization(values: Values) -> dict[str, dict[str, float]]:
    """Median rank correlation with the maps of the randomised models, by method."""
    return {
        method: {name.removeprefix(_RANDOMIZED): median(each) for name, each in found.items()}
        for method, measured in values.items()
        if (found := {name: each for name, each in measured.items() if name.startswith(_RANDOMIZED)})
    }


def percentile(values: list[float], percent: int) -> float | None:
    """Linear interpolation between order statistics; None without values."""
    if len(values) < 2:
        return values[0] if values else None
    return quantiles(values, n=100, method="inclusive")[percent - 1]
