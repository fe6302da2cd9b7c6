"""An explanation in numbers: how sure, how exact, how good, how fast."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from pydantic import JsonValue

from jobs.housekeeping.heatmaps import is_heatmap_name
from jobs.results.image_counts import IG, ImageCounts, add_counts
from jobs.results.measure import MAP_ERROR, MEASURES
from jobs.results.record import Outcome
from jobs.results.report import Report
from jobs.specs.explain_spec import Faithfulness
from workers.kinds.explain.faithfulness_summary import faithfulness_summary
from workers.kinds.explain.measured import Measured, Numbers, spread
from workers.kinds.explain.randomization_summary import cascade_summary, parts_summary

PERCENTILES = (5, 25, 50, 75, 95, 99)


@dataclass(frozen=True)
class ExplanationSummary:
    """Computes what a job says of itself in the end."""

    reports: tuple[Report, ...]
    measured: Measured
    protocol: Faithfulness = "florescope"

    def document(self) -> dict[str, Any]:
        """All numbers of the job; those that nothing was measured for are None or missing."""
        counts, images = self.counts, self.counts.images
        correct, wrong = (counts.outcomes.get(outcome, 0) for outcome in (Outcome.CORRECT, Outcome.WRONG))
        files = [artifact.name for report in self.reports for artifact in report.files]
        return {
            "images": images,
            "explained": images - counts.failed,
            "failed": counts.failed,
            "accuracy": correct / (correct + wrong) if correct + wrong else None,
            "labels_left_out": self._labels_left_out(),
            "without_label": counts.outcomes.get(Outcome.EXPLAINED, 0),
            "images_per_s": _images_per_s(self.reports, images),
            **self._completeness(),
            "flags": dict(counts.flags),
            "metrics": self._metrics(),
            "faithfulness": faithfulness_summary(self.measured, self.protocol),
            "cascade": cascade_summary(self.reports, self.measured),
            "randomization": parts_summary(self.measured),
            "compiled_again": sum(_whole(report.values.get("compiled_again")) for report in self.reports),
            "artifacts": len(files) + counts.overlays,
            "heatmap_objects": sum(map(is_heatmap_name, files)) + counts.overlays,
        }

    def _labels_left_out(self) -> JsonValue:
        """Why nothing is called right or wrong; None where something is, or nothing was explained."""
        told = self._told("labels_left_out")
        outcomes = self.counts.outcomes
        judged = outcomes.get(Outcome.CORRECT, 0) + outcomes.get(Outcome.WRONG, 0)
        if told or judged or not outcomes.get(Outcome.EXPLAINED, 0):
            return told
        return "none of the images has a label that is a class of the model"

    def _told(self, name: str) -> JsonValue:
        """What the plan said, as the first step has it; older versions said less."""
        return next((report.values.get(name) or None for report in self.reports), None)

    @cached_property
    def counts(self) -> ImageCounts:
        """The counts of images, of all steps together."""
        return add_counts(report.counts for report in self.reports)

    def _completeness(self) -> dict[str, float | None]:
        """Percentiles are of what has a finite value: how many images have none is told beside them.

        So is how many were judged by δ in logits: a share of a tiny difference says little.
        """
        counts = self.counts
        deltas = np.abs(self.measured.of(IG, "relative_delta"))
        return {
            **{f"relative_delta_p{percent}": percentile(deltas, percent) for percent in PERCENTILES},
            "relative_delta_max": float(deltas.max()) if len(deltas) else None,
            "relative_delta_left_out": counts.integrated - len(deltas),
            "judged_in_logits": counts.in_logits,
            **self._map_errors(),
            "converged_share": counts.settled / counts.integrated if counts.integrated else None,
            "evaluations_p50": percentile(self.measured.of(IG, "evaluations"), 50),
        }

    def _map_errors(self) -> dict[str, Any]:
        """Estimated errors of the maps, how much cancels in their sums, and which tolerance was the harder."""
        errors, cancellations = (self.measured.of(IG, name) for name in (MAP_ERROR, "cancellation"))
        return {
            "map_error_p50": percentile(errors, 50),
            "map_error_p95": percentile(errors, 95),
            "map_error_images": len(errors),
            "cancellation_p50": percentile(cancellations, 50),
            "harder": dict(self.counts.harder),
        }

    def _metrics(self) -> dict[str, dict[str, dict[str, Any]]]:
        """What says how good a map is, by method: mean with its interval, median and number of images."""
        wanted = [name for name, each in MEASURES.items() if each.metric not in {None, "randomization"}]
        names = ["focus", *wanted]
        found = {
            method: {name: one for name in names if (one := spread(self.measured.of(method, name)))}
            for method in self.measured.methods
        }
        return {method: measures for method, measures in found.items() if measures}


def percentile(values: Numbers, percent: int) -> float | None:
    """Linear interpolation between order statistics; None of nothing."""
    return float(np.percentile(values, percent)) if len(values) else None


def _whole(value: JsonValue) -> int:
    """The value as a whole number; 0 where an older version measured nothing."""
    return value if isinstance(value, int) else 0


def _images_per_s(reports: tuple[Report, ...], images: int) -> float | None:
    """Images over the time from the first step's start to the last one's end, on all workers together."""
    first = min((report.started_at for report in reports), default=None)
    last = max((report.finished_at for report in reports), default=None)
    seconds = (last - first).total_seconds() if first and last else 0.0
    return images / seconds if seconds > 0 else None
