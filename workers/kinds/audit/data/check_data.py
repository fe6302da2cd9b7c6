"""The stage of an audit that looks at the data themselves: labels, copies, odd pictures, weak slices."""

from __future__ import annotations

from jobs.results.finding import ByExample, Finding, LeftOut
from jobs.results.images.cluster_table import CLUSTERS
from jobs.results.report import Report
from jobs.specs.audit_spec import AuditSpec
from workers.kinds.audit.data.cluster_table import cluster_table
from workers.kinds.audit.data.copies import copies
from workers.kinds.audit.data.neighbour_table import TABLE, neighbour_table
from workers.kinds.audit.data.neighbours_of_wrong import MOST_TOLD, by_example
from workers.kinds.audit.data.strange_pictures import strange_pictures
from workers.kinds.audit.data.weak_parts import weak_parts
from workers.kinds.audit.data.wrong_labels import wrong_labels
from workers.kinds.audit.given.evidence import audited_images, training_images
from workers.kinds.audit.given.looked_at import LookedAt, SplitImages
from workers.kinds.audit.given.out_of_sample import out_of_sample
from workers.kinds.audit.given.step_files import put_json
from workers.kinds.audit.stages import TRAINING, await_steps, steps_of
from workers.step.step_context import StepContext
from workers.tables.image_part import PARQUET

_LOOKS = {"labels": wrong_labels, "duplicates": copies, "pictures": strange_pictures, "slices": weak_parts}


def check_data(spec: AuditSpec, context: StepContext) -> Report:
    """Store ``data.json``, findings, wrong images by example and what was left out, and two tables.

    Raises:
        Waiting: the images are not ready.
    """
    training = steps_of(context.plan.steps, TRAINING)
    await_steps(context, (*(shard.step for shard in context.plan.shards), *training))
    looked_at = _looked_at(spec, context)
    if looked_at is None:
        nothing = LeftOut(what="the data", why="not one image can be read")
        return context.report(artifacts=(put_json(context, _document([], [], [nothing])),))
    findings: list[Finding] = []
    left_out: list[LeftOut] = []
    for name, look in _LOOKS.items():
        if name in spec.looks_for:
            context.pulse.check()
            context.pulse.progress(0, message=f"looking at the data: {name}")
            found, missed = look(looked_at)
            findings += found
            left_out += missed
    examples = by_example(looked_at)
    document = put_json(context, _document(findings, examples[:MOST_TOLD], left_out))
    table = context.files.put(f"{context.step}/{TABLE}", neighbour_table(examples), PARQUET)
    clusters = context.files.put(f"{context.step}/{CLUSTERS}", cluster_table(looked_at), PARQUET)
    return context.report(artifacts=(document, table, clusters))


def _looked_at(spec: AuditSpec, context: StepContext) -> LookedAt | None:
    seen = audited_images(context)
    if seen is None:
        return None
    plan, learnt = context.plan, training_images(context)
    training = SplitImages(str(spec.training_split), learnt) if learnt else None
    return LookedAt(
        audited=SplitImages(spec.split, seen),
        training=training,
        class_names=plan.used_model.class_names,
        seed=spec.seed,
        no_labels=plan.labels_left_out or "the images have no labels",
        out_of_sample=out_of_sample(plan.used_model, training, context.services.store) if training else None,
        no_training=_no_training(spec, looked_at=any(stage.split for stage in plan.stages)),
    )


def _no_training(spec: AuditSpec, *, looked_at: bool) -> str:
    if spec.training_split is None:
        return "no training split was named"
    return "not one image of it can be read" if looked_at else f"the data set has no split {spec.training_split!r}"


def _document(findings: list[Finding], examples: list[ByExample], left_out: list[LeftOut]) -> dict[str, object]:
    return {
        "findings": [each.model_dump(mode="json") for each in findings],
        "by_example": [each.model_dump(mode="json") for each in examples],
        "left_out": [each.model_dump(mode="json") for each in left_out],
    }
