"""The files of an explanation as a whole: the table of results and the report to look at.

Runs on the light worker: nothing here may load TensorFlow.
"""

from __future__ import annotations

import tempfile
from pathlib import Path

from jobs.errors import InvalidSpec
from jobs.models.artifact import Artifact
from jobs.specs.explain_spec import ExplainSpec
from workers.kinds.explain.report.page import report_page
from workers.kinds.explain.results_table import write_results
from workers.step.job_kind import FinishContext

RESULTS, REPORT = "results.parquet", "report.html"
_PARQUET = "application/vnd.apache.parquet"


def finish(finishing: FinishContext) -> tuple[Artifact, ...]:
    """Write ``results.parquet`` and ``report.html``."""
    spec = finishing.job.spec
    if not isinstance(spec, ExplainSpec):
        raise InvalidSpec("only an explanation has a table of results")
    with tempfile.TemporaryDirectory(prefix="florescope-") as folder:
        path = Path(folder) / RESULTS
        write_results(path, finishing.job, finishing.plan, finishing.reports)
        table = finishing.put_file(RESULTS, path, _PARQUET)
    page = finishing.put(REPORT, report_page(finishing, spec), "text/html; charset=utf-8")
    return table, page
