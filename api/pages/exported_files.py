"""What the page of an export shows: a row for each format."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from api.backend import Backend
from jobs.errors import ObjectNotFound
from jobs.results.report import Report
from jobs.specs.export_spec import EXPORT_FORMATS, ExportSpec

LABELS = "labels.txt"


@dataclass(frozen=True)
class ExportedFile:
    """One format: its file, or why there is none.

    Attributes:
        difference: the largest one of probabilities from the model's.
        megabytes: 10^6 bytes.
    """

    title: str
    name: str
    url: str = ""
    megabytes: float = 0.0
    difference: float = 0.0
    refused: str = ""


def exported_files(backend: Backend, job_id: str) -> dict[str, object]:
    """Values for the page; no files while the step is not committed."""
    with suppress(ObjectNotFound):
        report = backend.reports.report(job_id, ExportSpec.kind_name())
        plan = backend.reports.plan(job_id)
        here = f"/v1/jobs/{job_id}/artifacts"
        return {
            "files": _rows(report, here),
            "checked_on": report.values.get("images"),
            "labels": f"{here}/{LABELS}",
            "model": plan.model if plan else None,
        }
    return {"files": []}


def _rows(report: Report, here: str) -> list[ExportedFile]:
    differences: Any = report.values.get("differences")
    refused: Any = report.values.get("refused")
    by_name = {file.name: file for file in report.artifacts}
    rows = [
        ExportedFile(
            form.title, form.file, f"{here}/{form.file}", by_name[form.file].size / 1e6, difference=differences[name]
        )
        for name, form in EXPORT_FORMATS.items()
        if name in differences and form.file in by_name
    ]
    return [*rows, *(ExportedFile(EXPORT_FORMATS[name].title, "", refused=why) for name, why in refused.items())]
