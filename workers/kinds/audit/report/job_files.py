"""The files of an audit as a whole: ``findings.json``, tables, and ``audit.html``.

Runs on the light worker: nothing here may load TensorFlow.
"""

from __future__ import annotations

from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from jobs.models.artifact import Artifact
from jobs.results.finding import Finding, Findings, counted
from jobs.results.images.cluster_table import CLUSTERS
from jobs.results.verdicts.audit_verdict import audit_sentences
from jobs.specs.audit_spec import AuditSpec
from store.verified import verified_bytes
from workers.kinds.audit.data.neighbour_table import TABLE as NEIGHBOURS
from workers.kinds.audit.given.step_files import JSON
from workers.kinds.audit.report.audit_page import audit_page
from workers.kinds.audit.stages import DATA, FINDINGS
from workers.step.job_kind import FinishContext
from workers.tables.image_part import PARQUET

FINDINGS_FILE, TABLE, PAGE = "findings.json", "findings.parquet", "audit.html"
_TEXT = ("kind", "verdict", "severity", "class_name", "words", "advice", "certainty")
_SCHEMA = pa.schema(
    [
        ("number", pa.int32()),
        *((name, pa.string()) for name in _TEXT),
        ("label", pa.int32()),
        ("images", pa.int64()),
        ("share", pa.float64()),
        ("effect", pa.string()),
        *((f"effect_{name}", pa.float64()) for name in ("value", "low", "high")),
        ("effect_n", pa.int64()),
        ("image_ids", pa.list_(pa.string())),
        ("pictures", pa.list_(pa.string())),
        ("also", pa.list_(pa.string())),
    ]
)


def job_files(_: AuditSpec, context: FinishContext) -> tuple[Artifact, ...]:
    """Make and store them, from the findings of the last stage."""
    found = read_findings(context)
    if found is None:
        return ()
    page = audit_page(found, context)
    tables = ((name, _stored(context, DATA, name)) for name in (NEIGHBOURS, CLUSTERS))
    return (
        context.files.put(FINDINGS_FILE, found.encode(), JSON),
        context.files.put(TABLE, findings_table(found), PARQUET),
        context.files.put(PAGE, page, "text/html; charset=utf-8"),
        *(context.files.put(name, table, PARQUET) for name, table in tables if table is not None),
    )


def summary(context: FinishContext) -> dict[str, Any]:
    """How many findings of each verdict and severity, and what they mean in sentences."""
    found = read_findings(context)
    if found is None:
        return {}
    return {
        "images": found.images,
        "training_images": found.training_images,
        "accuracy": found.accuracy.value if found.accuracy else None,
        "findings": counted(found.findings),
        "left_out": [f"{each.what}: {each.why}" for each in found.left_out],
        "explanation": found.explanation,
        "verdict": [sentence.model_dump() for sentence in audit_sentences(found)],
    }


def read_findings(context: FinishContext) -> Findings | None:
    """What the last stage found; None where it was not done."""
    data = _stored(context, FINDINGS, FINDINGS_FILE)
    return None if data is None else Findings.decode(data)


def findings_table(found: Findings) -> bytes:
    """A Parquet file with a row for each finding."""
    rows = [_row(number, each) for number, each in enumerate(found.findings, start=1)]
    sink = pa.BufferOutputStream()
    pq.write_table(pa.Table.from_pylist(rows, schema=_SCHEMA), sink, compression="zstd")
    data: bytes = sink.getvalue().to_pybytes()
    return data


def _row(number: int, finding: Finding) -> dict[str, Any]:
    effect = finding.effect
    measured = {f"effect_{name}": getattr(effect, name) for name in ("value", "low", "high", "n")} if effect else {}
    return {
        "number": number,
        **{name: getattr(finding, name) for name in (*_TEXT, "label", "images", "share")},
        "effect": effect.what if effect else None,
        **measured,
        "image_ids": list(finding.image_ids),
        "pictures": [each.picture for each in finding.evidence],
        "also": list(finding.also),
    }


def _stored(context: FinishContext, step: str, name: str) -> bytes | None:
    files = (file for report in context.reports if report.step == step for file in report.artifacts)
    found = (verified_bytes(file, context.services.store) for file in files if file.name == f"{step}/{name}")
    return next(found, None)
