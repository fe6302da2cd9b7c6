"""The files of an explanation as a whole: the table of results and the report to look at.

Runs on the light worker: nothing here may load TensorFlow.
"""

from __future__ import annotations

import tempfile
from pathlib import Path

from jobs.models.artifact import Artifact
from jobs.specs.explain_spec import ExplainSpec
from workers.kinds.explain.report.page import report_page
from workers.kinds.explain.results_table import write_results
from workers.step.job_kind import FinishContext
from workers.tables.image_part import PARQUET

RESULTS, REPORT = "results.parquet", "report.html"


def finish(spec: ExplainSpec, context: FinishContext) -> tuple[Artifact, ...]:
    """Write ``results.parquet`` and ``report.html``."""
    with tempfile.TemporaryDirectory(prefix="florescope-") as folder:
        path = Path(folder) / RESULTS
        write_results(path, context.images)
        table = context.files.put_file(RESULTS, path, PARQUET)
    page = context.files.put(REPORT, report_page(spec, context), "text/html; charset=utf-8")
    return table, page
