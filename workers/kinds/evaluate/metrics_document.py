"""All numbers of an evaluation as one document, ``metrics.json``."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import numpy as np
import pyarrow as pa

from jobs.models.model import PublishedModel
from jobs.results.evaluation.evaluation_totals import (
    ConditionTotals,
    EvaluationTotals,
    corruption_errors,
    mean_corruption_error,
)
from jobs.specs.evaluate_spec import EvaluateSpec
from ml.evaluation.calibration import CalibrationError, reliability
from ml.evaluation.confusion import Confusion, confusion_matrix, mean_per_class_accuracy, per_class, worst_confusions
from ml.evaluation.corruptions.table import CORRUPTIONS
from ml.evaluation.paired_outcomes import PairedOutcomes
from ml.evaluation.predictions import Predictions, wilson_interval
from workers.kinds.compare.outcome_changes import change_fields

WORST = 30
EXAMPLES_PER_CONFUSION = 20

Json = dict[str, Any]


def metrics_document(
    spec: EvaluateSpec,
    model: PublishedModel,
    totals: EvaluationTotals,
    found: Predictions,
    *,
    error: CalibrationError | None,
    image_ids: pa.ChunkedArray,
) -> Json:
    """Numbers of the images as they are, the worst confusions, and robustness where corruptions were asked for.

    Args:
        spec: what was asked for.
        model: the model that was evaluated.
        totals: sums over all shards.
        found: one entry per scored image.
        error: their calibration error.
        image_ids: of these, in the same order.
    """
    names = model.class_names
    numbers, matrix, bins = per_class(found, len(names)), confusion_matrix(found, len(names)), reliability(found)
    low, high = wilson_interval(totals.correct, totals.images)
    document: Json = {
        "model": model.id,
        "dataset": spec.dataset,
        "split": spec.split,
        "images": totals.images,
        "classes": len(names),
        "accuracy": totals.correct / totals.images,
        "accuracy_interval_95": [low, high],
        "accuracy_top5": totals.top5 / totals.images,
        "mean_per_class_accuracy": mean_per_class_accuracy(numbers),
        "loss": totals.loss / totals.images,
        "calibration": {
            **calibration_numbers(error),
            "mean_confidence": float(found.confidences.mean()),
            "bins": [asdict(each) for each in bins],
        },
        "worst_confusions": [
            _confusion(each, found, names, image_ids) for each in worst_confusions(matrix, limit=WORST)
        ],
    }
    by_views = change_by_views(totals, spec)
    if by_views is not None:
        document["by_views"] = by_views
    if totals.conditions:
        document["robustness"] = _robustness(totals, spec)
    return document


def calibration_numbers(error: CalibrationError | None) -> Json:
    """The expected calibration error, its interval, and what a perfectly calibrated model would get."""
    if error is None:
        return {}
    return {
        "expected_calibration_error": error.error,
        "expected_calibration_error_interval_95": list(error.interval_95),
        "expected_calibration_error_if_perfect": error.perfect,
        "expected_calibration_error_if_perfect_p95": error.perfect_p95,
    }


def change_by_views(totals: EvaluationTotals, spec: EvaluateSpec) -> Json | None:
    """What the mean of several views, the second, mends and breaks of one view, the first; None without views."""
    views = totals.views
    if views is None:
        return None
    neither = totals.images - views.both - views.fixed - views.broken
    return {
        "views": list(spec.views),
        **change_fields(PairedOutcomes(views.both, views.fixed, views.broken, neither)),
        "accuracy_top5": views.top5 / totals.images,
        "loss": views.loss / totals.images,
    }


def _confusion(each: Confusion, found: Predictions, names: tuple[str, ...], image_ids: pa.ChunkedArray) -> Json:
    rows = np.flatnonzero((found.labels == each.label) & (found.predictions == each.prediction))
    return {
        **asdict(each),
        "label_name": names[each.label],
        "prediction_name": names[each.prediction],
        "image_ids": image_ids.take(pa.array(rows[:EXAMPLES_PER_CONFUSION])).to_pylist(),
    }


def _robustness(totals: EvaluationTotals, spec: EvaluateSpec) -> Json:
    baseline = totals.baseline_errors()
    errors = corruption_errors(totals.errors(), baseline=baseline)
    corruptions = {
        name: {
            "family": CORRUPTIONS[name].family,
            "unit": CORRUPTIONS[name].unit,
            "corruption_error": errors[name],
            "severities": [_severity(each, totals) for each in totals.conditions if each.corruption == name],
        }
        for name in totals.errors()
    }
    error = sum(each.wrong for each in totals.conditions) / (totals.images * len(totals.conditions))
    return {
        "mean_corrupted_error": error,
        "mean_corruption_error": mean_corruption_error(errors),
        "normalised_by": totals.baseline,
        "mean_corrupted_accuracy": 1 - error,
        "background_told_from": totals.masks,
        "gradcam_compared": spec.gradcam_shift,
        "seed": spec.seed,
        "corruptions": corruptions,
    }


def _severity(each: ConditionTotals, totals: EvaluationTotals) -> Json:
    known = each.baseline_wrong
    return {
        "severity": each.severity,
        "strength": CORRUPTIONS[each.corruption].strengths[each.severity - 1],
        "accuracy": 1 - each.wrong / totals.images,
        "baseline_accuracy": None if known is None else 1 - known / totals.images,
        "gradcam_images": each.maps,
        "gradcam_rank_correlation": each.map_correlation / each.maps if each.maps else None,
        "gradcam_centre_shift": each.map_distance / each.maps if each.maps else None,
    }
