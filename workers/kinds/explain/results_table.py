"""``results.parquet``: one flat row for each image and method."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from jobs.job import Job
from jobs.plan import Plan
from jobs.results.measure import MEASURES
from jobs.results.record import ImageRecord, MethodRecord
from jobs.results.report import Report
from jobs.specs.explain_spec import ExplainSpec

Row = dict[str, Any]
TOP = 5
ROWS_PER_GROUP = 20_000
_COUNTS = ("paths", "evaluations")

_TOP_COLUMNS = [
    column
    for place in range(1, TOP + 1)
    for column in (
        (f"top_{place}_label", pa.int32()),
        (f"top_{place}_name", pa.string()),
        (f"top_{place}_probability", pa.float64()),
        (f"top_{place}_logit", pa.float64()),
    )
]
SCHEMA = pa.schema(
    [
        ("image_id", pa.string()),
        ("index", pa.int64()),
        ("outcome", pa.string()),
        ("error", pa.string()),
        ("label", pa.int32()),
        ("label_name", pa.string()),
        ("prediction", pa.int32()),
        ("prediction_name", pa.string()),
        ("confidence", pa.float64()),
        *_TOP_COLUMNS,
        ("method", pa.string()),
        ("rank", pa.int32()),
        ("target", pa.int32()),
        ("target_name", pa.string()),
        ("target_logit", pa.float64()),
        ("layer", pa.string()),
        ("baseline", pa.string()),
        ("precision", pa.string()),
        ("flags", pa.string()),
        *((name, pa.int64() if name in _COUNTS else pa.float64()) for name in MEASURES),
        ("overlay_key", pa.string()),
        ("overlay_sha256", pa.string()),
        ("raw_key", pa.string()),
        ("raw_sha256", pa.string()),
        ("raw_row", pa.int64()),
        ("job_id", pa.string()),
        ("step", pa.string()),
        ("dataset", pa.string()),
        ("split", pa.string()),
        ("model_id", pa.string()),
        ("model_sha256", pa.string()),
        ("code_version", pa.string()),
    ]
)


def write_results(path: Path, job: Job, plan: Plan, reports: Iterable[Report]) -> int:
    """Write all rows, a bounded number at a time, and say how many there are.

    An image that failed has one row, without a method.
    """
    rows = (row for report in reports for row in _rows_of(job, plan, report))
    written = 0
    with pq.ParquetWriter(path, SCHEMA, compression="zstd") as writer:
        while group := list(islice(rows, ROWS_PER_GROUP)):
            writer.write_table(pa.Table.from_pylist(group, schema=SCHEMA))
            written += len(group)
    return written


def _rows_of(job: Job, plan: Plan, report: Report) -> Iterator[Row]:
    names = plan.model.class_names if plan.model else ()
    common = _common_columns(job, plan, report)
    for record in report.records:
        image = _image_columns(record, names)
        for method in record.methods or (None,):
            yield {**common, **image, **(_method_columns(method, report, names) if method else {})}


def _common_columns(job: Job, plan: Plan, report: Report) -> Row:
    return {
        "job_id": job.id,
        "step": report.step,
        "dataset": job.spec.dataset if isinstance(job.spec, ExplainSpec) else None,
        "split": plan.split,
        "model_id": plan.model.id if plan.model else None,
        "model_sha256": plan.model.checkpoint.sha256 if plan.model else None,
        "code_version": report.code_version,
    }


def _image_columns(record: ImageRecord, names: tuple[str, ...]) -> Row:
    row: Row = {name: getattr(record, name) for name in _COPIED}
    row["outcome"] = record.outcome.value
    for column in ("label", "prediction"):
        row[f"{column}_name"] = _name(names, row[column])
    for place, score in enumerate(record.top[:TOP], start=1):
        row[f"top_{place}_label"] = score.label
        row[f"top_{place}_name"] = _name(names, score.label)
        row[f"top_{place}_probability"] = score.probability
        row[f"top_{place}_logit"] = score.logit
    return row


_COPIED = ("image_id", "index", "error", "label", "prediction", "confidence")


def _method_columns(method: MethodRecord, report: Report, names: tuple[str, ...]) -> Row:
    raw = next((each for each in report.artifacts if each.name == f"{report.step}/{method.method}.npz"), None)
    return {
        "method": method.method,
        "rank": method.rank,
        "target": method.target,
        "target_name": _name(names, method.target),
        "target_logit": method.target_logit,
        "layer": method.layer,
        "baseline": method.baseline,
        "precision": method.precision,
        "flags": ",".join(method.flags),
        **{name: method.values.get(name) for name in MEASURES},
        **{name: _whole(method.values.get(name)) for name in _COUNTS},
        "overlay_key": method.overlay.key if method.overlay else None,
        "overlay_sha256": method.overlay.sha256 if method.overlay else None,
        "raw_key": raw.key if raw else None,
        "raw_sha256": raw.sha256 if raw else None,
        "raw_row": method.raw_row,
    }


def _whole(value: float | None) -> int | None:
    return None if value is None else round(value)


def _name(names: tuple[str, ...], label: int | None) -> str | None:
    return names[label] if label is not None and label < len(names) else None
