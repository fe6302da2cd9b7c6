"""The product's worker, but that trainings last for ever, and explanations are of any number of made-up images.

``celery -A bench.shared.busy_worker worker …``: everything else is as ever, and TensorFlow is never loaded.
``shard_size`` is the number of images of a shard, which takes ``ig.max_evaluations`` milliseconds.
"""

from __future__ import annotations

import time
from collections.abc import MutableMapping
from dataclasses import replace
from typing import Any, cast

from bench.scale.fake_job import fake_model, fake_records
from jobs.plan import Plan, shards, split_bounds
from jobs.results.report import Report
from jobs.specs.explain_spec import ExplainSpec
from jobs.specs.train_spec import TrainSpec
from workers.app import app
from workers.kinds.explain.kind import EXPLAIN
from workers.kinds.table import KINDS
from workers.kinds.train.kind import TRAIN
from workers.step.job_kind import PlanContext
from workers.step.step_context import StepContext

__all__ = ["app"]
IMAGES = 100_000
LOOKS_EVERY_S = 0.5


def plan_any_number(spec: ExplainSpec, context: PlanContext) -> Plan:
    """Shards over as many images as are asked for."""
    split, start, stop = split_bounds(spec.split, sizes={"train": IMAGES})
    steps = shards(start, stop, size=spec.shard_size)
    return context.plan(total=stop - start, unit="images", shards=steps, split=split, model=fake_model(("a", "b")))


def fake_shard(spec: ExplainSpec, context: StepContext) -> Report:
    """Records of the shard's images."""
    time.sleep(spec.ig.max_evaluations / 1000)
    context.pulse.check()
    records = fake_records(context.plan.shard(context.step))
    return context.report_of_images([record.model_copy(update={"methods": ()}) for record in records])


def train_for_ever(_: TrainSpec, context: StepContext) -> Report:
    """Work until somebody stops it."""
    while True:
        context.pulse.check()
        time.sleep(LOOKS_EVERY_S)


app.conf.update(include=[*app.conf.include, __name__])  # the children are spawned: they load what is included
_kinds = cast(MutableMapping[str, Any], KINDS)
_kinds[ExplainSpec.kind_name()] = replace(EXPLAIN, make_plan=plan_any_number, run_step=fake_shard)
_kinds[TrainSpec.kind_name()] = replace(TRAIN, run_step=train_for_ever)
