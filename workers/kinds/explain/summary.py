"""An explanation in numbers: how sure, how exact, how good, how fast."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt
from pydantic import JsonValue

from jobs.models.artifact import GALLERY
from jobs.results.image_counts import IG, ImageCounts, add_counts
from jobs.results.image_row import measure_column
from jobs.results.measure import MEASURES
from jobs.results.record import Outcome
from jobs.results.report import Report
from workers.tables.gathered_images import GatheredImages

PERCENTILES = (5, 25, 50, 75, 95, 99)
_RANDOMIZED = "spearman_random_"
Numbers = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Measured:
    """The numbers of a job's maps, read from its rows one measure at a time."""

    images: GatheredImages
    methods: tuple[str, ...]

    def of(self, method: str, name: str) -> Numbers:
        """The finite numbers of a measure of a method's maps, (n,)."""
        return self.images.numbers(measure_column(method, name))


@dataclass(frozen=True)
class ExplanationSummary:
    """Computes what a job says of itself in the end."""

    reports: tuple[Report, ...]
    measured: Measured

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
            "labels_left_out": next((report.values.get("labels_left_out") or None for report in self.reports), None),
            "images_per_s": _images_per_s(self.reports, images),
            **self._completeness(),
            "flags": dict(counts.flags),
            "metrics": self._metrics(),
            "randomization": self._randomization(),
            "compiled_again": sum(_whole(report.values.get("compiled_again")) for report in self.reports),
            "artifacts": len(files) + counts.overlays,
            "heatmap_objects": sum(map(_is_heatmap, files)) + counts.overlays,
        }

    @cached_property
    def counts(self) -> ImageCounts:
        """Of all steps together."""
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
            "converged_share": counts.settled / counts.integrated if counts.integrated else None,
            "evaluations_p50": percentile(self.measured.of(IG, "evaluations"), 50),
        }

    def _metrics(self) -> dict[str, dict[str, dict[str, float]]]:
        """Mean and median of what says how good a map is, by method."""
        wanted = [name for name, measure in MEASURES.items() if measure.metric or name == "focus"]
        found = {method: self._of_method(method, wanted) for method in self.measured.methods}
        return {method: measures for method, measures in found.items() if measures}

    def _of_method(self, method: str, names: list[str]) -> dict[str, dict[str, float]]:
        found = {name: self.measured.of(method, name) for name in names if not name.startswith(_RANDOMIZED)}
        return {
            name: {"mean": float(values.mean()), "median": float(np.median(values)), "images": len(values)}
            for name, values in found.items()
            if len(values)
        }

    def _randomization(self) -> dict[str, dict[str, float]]:
        """Median rank correlation with the maps of the randomised models, by method."""
        names = [name for name in MEASURES if name.startswith(_RANDOMIZED)]
        found: Mapping[str, dict[str, float]] = {
            method: {
                name.removeprefix(_RANDOMIZED): float(np.median(values))
                for name in names
                if len(values := self.measured.of(method, name))
            }
            for method in self.measured.methods
        }
        return {method: each for method, each in found.items() if each}


def percentile(values: Numbers, percent: int) -> float | None:
    """Linear interpolation between order statistics; None of nothing."""
    return float(np.percentile(values, percent)) if len(values) else None


def _whole(value: JsonValue) -> int:
    """0 where an older version measured nothing."""
    return value if isinstance(value, int) else 0


def _is_heatmap(name: str) -> bool:
    return name.endswith((".png", ".npz")) and not name.endswith(GALLERY)


def _images_per_s(reports: tuple[Report, ...], images: int) -> float | None:
    """Images over the time from the first step's start to the last one's end, on all workers together."""
    first = min((report.started_at for report in reports), default=None)
    last = max((report.finished_at for report in reports), default=None)
    seconds = (last - first).total_seconds() if first and last else 0.0
    return images / seconds if seconds > 0 else None
