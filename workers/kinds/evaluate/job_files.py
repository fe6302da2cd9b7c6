"""The files of a whole evaluation: metrics.json, tables as CSV, and three pictures."""

from __future__ import annotations

import json
from collections.abc import Iterable

import numpy as np

from jobs.models.artifact import Artifact
from jobs.results.evaluation_totals import EvaluationTotals, sum_totals
from jobs.results.record import ImageRecord
from jobs.results.report import Report
from jobs.specs.evaluate_spec import EvaluateSpec
from ml.evaluation.confusion import confusion_matrix, per_class
from ml.evaluation.predictions import Predictions
from ml.figures.evaluation_figures import confusion_png, reliability_png, robustness_png
from workers.kinds.evaluate.metrics_document import metrics_document
from workers.kinds.evaluate.tables import confusion_csv, per_class_csv, robustness_csv
from workers.step.job_kind import FinishContext

CSV, PNG = "text/csv", "image/png"


def job_files(spec: EvaluateSpec, context: FinishContext) -> tuple[Artifact, ...]:
    """Make and store them, from the reports alone; none where no image could be judged."""
    totals = totals_of(context.reports)
    model = context.plan.model
    if totals is None or model is None:
        return ()
    records = [record for report in context.reports for record in report.records if record.error is None]
    found, names = predictions_of(records), model.class_names
    document = metrics_document(spec, model, totals, found, image_ids=[record.image_id for record in records])
    numbers, matrix = per_class(found, len(names)), confusion_matrix(found, len(names))
    files = [
        ("metrics.json", json.dumps(document, indent=2).encode() + b"\n", "application/json"),
        ("per_class.csv", per_class_csv(numbers, names), CSV),
        ("confusion.csv", confusion_csv(matrix, names), CSV),
        ("confusion.png", confusion_png(matrix, names), PNG),
        ("reliability.png", reliability_png(found), PNG),
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


def predictions_of(records: list[ImageRecord]) -> Predictions:
    """The records' numbers as arrays."""
    return Predictions(
        labels=np.array([record.label for record in records], np.int32),
        predictions=np.array([record.prediction for record in records], np.int32),
        confidences=np.array([record.confidence for record in records], np.float32),
    )
