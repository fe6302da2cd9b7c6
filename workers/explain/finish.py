"""The files of an explanation as a whole: the table of results and the report to look at.

Runs on the light worker: nothing here may load TensorFlow.
"""

from __future__ import annotations

import tempfile
from pathlib import Path

from jobs.artifact import Artifact
from workers.explain.results_table import write_results
from workers.kind import Finishing

RESULTS = "results.parquet"
_PARQUET = "application/vnd.apache.parquet"


def finish(finishing: Finishing) -> tuple[Artifact, ...]:
    """Write ``results.parquet``."""
    with tempfile.TemporaryDirectory(prefix="florescope-") as folder:
        path = Path(folder) / RESULTS
        write_results(path, finishing.job, finishing.plan, finishing.reports)
        table = finishing.put_file(RESULTS, path, _PARQUET)
    return (table,)
