"""An audit as a kind of job: shards look at images, later stages suspect, confirm and draw up findings."""

from __future__ import annotations

from typing import Any

from jobs.errors import InvalidSpec
from jobs.models.artifact import Artifact
from jobs.plan import Plan, shards
from jobs.results.report import Report
from jobs.specs.audit_spec import TRAIN, AuditSpec
from ml.data.datasets import DatasetDescription
from workers.inputs.planning import (
    SplitBounds,
    described,
    have_common_images,
    labels_left_out,
    spelling_apart,
    split_bounds_of,
)
from workers.inputs.published_models import find_model
from workers.kinds.audit.given.explanation import cancel_explanation, check_explanation
from workers.kinds.audit.stages import stages_of
from workers.step.job_kind import FinishContext, JobKind, PlanContext
from workers.step.step_context import StepContext

SHARD_SIZE = 256
"""Images of one step; each takes one forward pass."""


def plan(spec: AuditSpec, context: PlanContext) -> Plan:
    """Shards that cover the split, and the stages after them.

    Raises:
        InvalidSpec: the data set, a split or the model does not exist, or the explanation is one of others.
    """
    model = find_model(spec, context.services)
    dataset = described(spec.dataset, context, label=spec.label, class_names=model.class_names)
    check_explanation(spec, model, context.services.store)
    name, start, stop = split_bounds_of("split", spec.split, dataset)
    training, size = training_bounds(spec, dataset), spec.shard_size or SHARD_SIZE
    stages = stages_of(spec, training, size=size)
    return context.plan(
        total=stop - start + sum(stage.size for stage in stages),
        unit="images",
        shards=shards(start, stop, size=size),
        stages=stages,
        split=name,
        model=model,
        labels_left_out=labels_left_out(model, dataset),
        spelling=spelling_apart(model, dataset),
    )


def training_bounds(spec: AuditSpec, dataset: DatasetDescription) -> SplitBounds | None:
    """Name, start and stop of the training split; None where none is asked for, or there is no ``train``.

    Raises:
        InvalidSpec: it does not exist, or is the audited split.
    """
    asked = spec.training_split
    if asked is None or (asked == TRAIN and asked not in dataset.splits):
        return None
    bounds = split_bounds_of("training_split", asked, dataset)
    audited = split_bounds_of("split", spec.split, dataset)
    if have_common_images(bounds, audited, dataset=spec.dataset):
        raise InvalidSpec(
            f"training_split {asked!r} and split {spec.split!r} have images in common: audit images that the model "
            "did not learn from, or set training_split to null",
            field="training_split",
        )
    return bounds


def run(spec: AuditSpec, context: StepContext) -> Report:
    """A step; what loads TensorFlow is loaded here, in the child, when the first step needs it: it takes seconds."""
    from workers.kinds.audit.steps import run_stage  # noqa: PLC0415

    return run_stage(spec, context)


def finish(spec: AuditSpec, context: FinishContext) -> tuple[Artifact, ...]:
    """The findings as a document, a table and a page; what makes them is loaded here, when the first job needs it."""
    from workers.kinds.audit.report.job_files import job_files  # noqa: PLC0415

    return job_files(spec, context)


def summarize(context: FinishContext) -> dict[str, Any]:
    """The job in a few numbers."""
    from workers.kinds.audit.report.job_files import summary  # noqa: PLC0415

    return {**summary(context), "spelling": context.plan.spelling or None}


AUDIT = JobKind(
    AuditSpec,
    make_plan=plan,
    run_step=run,
    summarize=summarize,
    make_files=finish,
    cancel_children=cancel_explanation,
    max_failure_rate=lambda spec: spec.max_failure_rate,
)
