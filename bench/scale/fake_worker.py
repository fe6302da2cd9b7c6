"""The product's worker, but that a shard of an explanation takes three seconds and finds made-up records.

``celery -A bench.scale.fake_worker worker …``: everything else is as ever, and TensorFlow is never loaded.
"""

from __future__ import annotations

import time
from collections.abc import MutableMapping
from dataclasses import replace
from typing import Any, cast

from bench.scale.fake_job import fake_records
from jobs.results.report import Report
from jobs.specs.explain_spec import ExplainSpec
from workers.app import app
from workers.kinds.explain.kind import EXPLAIN
from workers.kinds.table import KINDS
from workers.step.step_context import StepContext

__all__ = ["app"]
SHARD_S = 3.0


def fake_shard(_: ExplainSpec, context: StepContext) -> Report:
    """Records of the shard's images."""
    time.sleep(SHARD_S)
    context.pulse.check()
    records = fake_records(context.plan.shard(context.step))
    return context.report_of_images([record.model_copy(update={"methods": ()}) for record in records])


app.conf.update(include=[*app.conf.include, __name__])  # the children are spawned: they load what is included
cast(MutableMapping[str, Any], KINDS)[ExplainSpec.kind_name()] = replace(EXPLAIN, run_step=fake_shard)
