"""The files of a whole evaluation: metrics.json, tables as CSV, and three pictures."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from jobs.models.artifact import Artifact
from jobs.results.evaluation.evaluation_summary import summarize_evaluation, totals_of
from jobs.results.record import Outcome
from jobs.specs.evaluate_spec import EvaluateSpec
from ml.evaluation.calibration import calibration_error
from ml.evaluation.confusion import confusion_matrix, per_class
from ml.evaluation.predictions import Predictions
from ml.figures.evaluation_figures import confusion_png, reliability_png, robustness_png
from workers.kinds.evaluate.earlier_evaluation import change_since_earlier
from workers.kinds.evaluate.metrics_document import calibration_numbers, change_by_views, metrics_document
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


def scored_images(images: GatheredImages) -> pa.Table:
    """Id, label, prediction and confidence of the images that have numbers, in order."""
    batches = (
        batch.filter(pc.not_equal(batch.column("outcome"), Outcome.ERROR.value))
        for batch in images.batches("image_id", "label", "prediction", "confidence", "outcome")
    )
    names = ["image_id", "label", "prediction", "confidence", "outcome"]
    return pa.Table.from_batches(list(batches), pa.schema([images.schema.field(name) for name in names]))


def predictions_of(scored: pa.Table) -> Predictions:
    """Labels, predictions and confidences of scored images as arrays."""
    return Predictions(
        labels=scored.column("label").to_numpy().astype(np.int32),
        predictions=scored.column("prediction").to_numpy().astype(np.int32),
        confidences=scored.column("confidence").to_numpy().astype(np.float32),
    )


def summary(spec: EvaluateSpec, context: FinishContext) -> dict[str, Any]:
    """The job in a few numbers."""
    totals = totals_of(context.reports)
    by_views = change_by_views(totals, spec) if totals else None
    earlier = change_since_earlier(spec, context)
    found = predictions_of(scored_images(context.images))
    images = np.bincount(found.labels)
    right = np.bincount(found.labels[found.correct], minlength=len(images))
    by_label = {label: (int(images[label]), int(right[label])) for label in np.flatnonzero(images).tolist()}
    numbers = summarize_evaluation(
        context.reports, by_label=by_label, calibration=calibration_numbers(calibration_error(found))
    )
    further = {"by_views": by_views, "compared_with": earlier}
    return {**numbers, **{name: each for name, each in further.items() if each is not None}}
