"""The files of a whole evaluation: metrics.json, tables as CSV, and three pictures."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from jobs.models.artifact import Artifact
from jobs.results.evaluation.evaluation_summary import summarize_evaluation
from jobs.results.evaluation.evaluation_totals import EvaluationTotals, sum_totals
from jobs.results.record import Outcome
from jobs.results.report import Report
from jobs.specs.evaluate_spec import EvaluateSpec
from ml.evaluation.calibration import calibration_error
from ml.evaluation.confusion import confusion_matrix, per_class
from ml.evaluation.predictions import Predictions
from ml.figures.evaluation_figures import confusion_png, reliability_png, robustness_png
from workers.kinds.evaluate.metrics_document import calibration_numbers, metrics_document
from workers.kinds.evaluate.tables import confusion_csv, per_class_csv, robustness_csv
from workers.step.job_kind import FinishContext
from workers.tables.gathered_images import GatheredImages

CSV, PNG = "text/csv", "image/png"


def job_files(spec: EvaluateSpec, context: FinishContext) -> tuple[Artifact, ...]:
    """Make and store them, from the reports alone; none where no image could be judged."""
    totals = totals_of(context.reports)
    model = context.plan.model
    if totals is None or model is None:
        return ()
    scored = scored_images(context.images)
    found, names = predictions_of(scored), model.class_names
    error = calibration_error(found)
    document = metrics_document(spec, model, totals, found, error=error, image_ids=scored.column("image_id"))
    numbers, matrix = per_class(found, len(names)), confusion_matrix(found, len(names))
    files = [
        ("metrics.json", json.dumps(document, indent=2).encode() + b"\n", "application/json"),
        ("per_class.csv", per_class_csv(numbers, names), CSV),
        ("confusion.csv", confusion_csv(matrix, names), CSV),
        ("confusion.png", confusion_png(matrix, names), PNG),
        ("reliability.png", reliability_png(found, error), PNG),
    ]
    if totals.conditions:
        files.append(("robustness.csv", robustness_csv(totals), CSV))
        clean = 1 - totals.correct / totals.images
        picture = robustness_png(totals.errors(), clean=clean, baseline=totals.baseline_errors())
        files.append(("robustness.png", picture, PNG))
    return tuple(context.files.put(*file) for file in files)


def totals_of(reports: Iterable[Report]) -> EvaluationTotals | None:
    """The sums of all shards that judged an image, or None where none did."""
    return sum_totals(EvaluationTotals.model_validate(report.values) for report in reports if report.values)


def scored_images(images: GatheredImages) -> pa.Table:
    """Id, label, prediction and confidence of the images that have numbers, in order."""
    batches = (
        batch.filter(pc.not_equal(batch.column("outcome"), Outcome.ERROR.value))
        for batch in images.batches("image_id", "label", "prediction", "confidence", "outcome")
    )
    names = ["image_id", "label", "prediction", "confidence", "outcome"]
    return pa.Table.from_batches(list(batches), pa.schema([images.schema.field(name) for name in names]))


def predictions_of(scored: pa.Table) -> Predictions:
    """Their numbers as arrays."""
    return Predictions(
        labels=scored.column("label").to_numpy().astype(np.int32),
        predictions=scored.column("prediction").to_numpy().astype(np.int32),
        confidences=scored.column("confidence").to_numpy().astype(np.float32),
    )


def summary(context: FinishContext) -> dict[str, Any]:
    """The job in a few numbers."""
    found = predictions_of(scored_images(context.images))
    labels, images = np.unique(found.labels, return_counts=True)
    right = {int(label): int((found.correct & (found.labels == label)).sum()) for label in labels}
    by_label = {int(label): (int(count), right[int(label)]) for label, count in zip(labels, images, strict=True)}
    return summarize_evaluation(
        context.reports, by_label=by_label, calibration=calibration_numbers(calibration_error(found))
    )
