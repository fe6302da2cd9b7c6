"""Explanations that are made by the product's workers, but without TensorFlow: what they find is made up."""

from __future__ import annotations

import random
from collections.abc import Iterable, Set
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from jobs import keys
from jobs.job import Job
from jobs.plan import Plan, shards
from jobs.results.record import ImageRecord, MethodRecord
from jobs.results.report import Report
from jobs.specs.explain_spec import ExplainSpec
from workers.kinds.explain.kind import EXPLAIN
from workers.kinds.table import KINDS
from workers.lifecycle.run_step import run_step
from workers.step.job_kind import JobKind
from workers.step.services import Services
from workers.step.step_context import StepContext

NOW = datetime(2026, 1, 1, tzinfo=UTC)
SPEC = ExplainSpec(
    kind="explain",
    model="m",
    dataset="synthetic_flowers",
    methods=("gradcam", "integrated_gradients"),
    max_failure_rate=1.0,
)
JOB = Job(id="job", created_at=NOW, spec=SPEC)
NOBODY: Set[str] = frozenset()


def plan_of(images: int, *, shard_size: int) -> Plan:
    """Of the job, which is on so many images."""
    parts = shards(0, images, size=shard_size)
    return Plan(job_id=JOB.id, kind="explain", created_at=NOW, total=images, unit="images", shards=parts)


def record(index: int) -> ImageRecord:
    """An image as an explanation would find it: its numbers depend on nothing but its index."""
    number = random.Random(index).random
    image = {"image_id": f"{index}.jpg", "index": index, "label": index % 3}
    if index % 7 == 3:
        return ImageRecord(**image, error="cannot be decoded")
    methods = tuple(
        MethodRecord(method=method, target=index % 2, values={"focus": number(), "relative_delta": number()})
        for method in SPEC.methods
    )
    return ImageRecord(**image, prediction=index % 2, target=index % 2, confidence=number(), methods=methods)


def work(plan: Plan, messages: Iterable[str], services: Services, *, twice: Set[str] = NOBODY) -> None:
    """Have a worker get these messages, each the name of a step of the job.

    Args:
        plan: of the job, which is stored first.
        messages: in the order in which they come.
        services: of the worker.
        twice: steps of which another worker commits its own report just before.
    """
    services.store.put(keys.spec(JOB.id), JOB.encode())
    services.store.put(keys.plan(JOB.id), plan.encode())
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(KINDS, "explain", _explaining(twice))
        for step in messages:
            run_step(JOB.id, step, services)


def _explaining(twice: Set[str]) -> JobKind[ExplainSpec]:
    def run(_: ExplainSpec, context: StepContext) -> Report:
        shard, store = context.plan.shard(context.step), context.services.store
        records = [record(index) for index in range(shard.start, shard.stop)]
        if context.step in twice:
            other = replace(context, attempt="other").report_of_images(records)
            store.put(keys.report(JOB.id, context.step), other.encode(), if_absent=True)
        return context.report_of_images(records)

    return replace(EXPLAIN, run_step=run)
