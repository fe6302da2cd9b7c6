"""Explanation as a kind of job: one step explains one shard of images."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from jobs.errors import InvalidSpec
from jobs.models.artifact import Artifact
from jobs.models.model import PublishedModel
from jobs.plan import Plan, Shard, shards
from jobs.results.report import Report
from jobs.specs.explain_spec import ExplainSpec
from jobs.specs.installed_methods import describe_method
from jobs.specs.scores import AGAINST_TRUE
from ml.attribution.integrated_gradients.path_memory import open_paths
from ml.data.datasets import DatasetDescription
from ml.data.image_size import ImageSize
from ml.errors import BadOption
from workers.inputs.planning import described, labels_left_out, spelling_apart, split_bounds_of
from workers.inputs.published_models import find_model
from workers.kinds.explain.failed_images import shards_of_failed
from workers.kinds.explain.shard_size import shard_size
from workers.step.job_kind import FinishContext, JobKind, PlanContext
from workers.step.step_context import StepContext


def plan(spec: ExplainSpec, context: PlanContext) -> Plan:
    """Shards that cover the split, or what failed of an earlier job.

    Raises:
        InvalidSpec: the data set, the split, the model, a class or a method do not exist.
    """
    spec.check_methods(where=f"on worker {context.services.worker}")
    model = find_model(spec, context.services)
    dataset = described(spec.dataset, context, label=spec.label, class_names=model.class_names)
    left_out = labels_left_out(model, dataset)
    check_target(spec, model, left_out=left_out)
    check_layer(spec, model)
    check_paths(spec, image_size=model.height_and_width)
    check_metrics(spec, dataset)
    name, start, stop = split_bounds_of("split", spec.split, dataset)
    retried = context.job.retry_of
    size = shard_size(model, spec, context.services.board, images=stop - start)
    if retried is None:
        steps = shards(start, stop, size=size)
    else:
        steps = shards_of_failed(retried, context.services.store, size=size)
    return context.plan(
        total=sum(shard.size for shard in steps),
        unit="images",
        shards=steps,
        split=name,
        model=model,
        labels_left_out=left_out,
        spelling=spelling_apart(model, dataset),
        replaced=None if retried is None else _replaced(steps, dataset.changed.get(name, frozenset())),
    )


def _replaced(steps: Iterable[Shard], changed: frozenset[int]) -> int:
    """How many of the images that are retried have new bytes."""
    return sum(place in changed for shard in steps for place in range(shard.start, shard.stop))


def check_target(spec: ExplainSpec, model: PublishedModel, *, left_out: str = "") -> None:
    """The classes must be the model's, and it must have as many as are asked for.

    Args:
        spec: names the target, and what it is held against.
        model: has the classes.
        left_out: why the labels of the data set are none of them, if so.

    Raises:
        InvalidSpec: they are not.
    """
    spec.check_classes(model.class_names, model=model.id)
    if spec.target == "true" and left_out:
        raise InvalidSpec(
            f"target 'true' is a label of the data set, but {left_out}: choose another target",
            field="target",
        )
    if spec.score == AGAINST_TRUE and left_out:
        raise InvalidSpec(
            f"score {spec.score!r} names a label of the data set, but {left_out}: choose another score",
            field="score",
        )


def check_layer(spec: ExplainSpec, model: PublishedModel) -> None:
    """Methods that weigh the activations of a layer need one between the pixels and the logits.

    Raises:
        InvalidSpec: the model has none, and the specification names none.
    """
    methods = [describe_method(name) for name in spec.methods]
    asked = [method.title for method in methods if method.of_layer]
    if asked and spec.layer is None and model.feature_layer is None:
        raise InvalidSpec(
            f"{asked[0]} explains a layer, and model {model.id} has none between pixels and logits on which all "
            "logits depend alone: its layers are dense, or its branches meet only after their pooling. Ask for "
            "integrated_gradients alone, or name a layer",
            field="methods",
        )


def check_paths(spec: ExplainSpec, *, image_size: ImageSize) -> None:
    """A path of Integrated Gradients must fit into memory, even if it spends all its evaluations.

    Raises:
        InvalidSpec: it does not; says how many evaluations would.
    """
    if "integrated_gradients" not in spec.methods:
        return
    try:
        open_paths(spec.ig.max_evaluations, image_size)
    except BadOption as error:
        raise InvalidSpec(str(error), field=error.field) from error


def check_metrics(spec: ExplainSpec, dataset: DatasetDescription) -> None:
    """A map can only be compared with a mask that exists.

    Raises:
        InvalidSpec: the data set has no masks.
    """
    if "localization" in spec.metrics and not dataset.has_masks:
        raise InvalidSpec(
            f"metric 'localization' needs true masks, and data set {spec.dataset!r} has none: leave it out",
            field="metrics",
        )


def run(spec: ExplainSpec, context: StepContext) -> Report:
    """Explain a shard; TensorFlow is loaded here, in the child, when the first step needs it: it takes seconds."""
    from workers.kinds.explain.explain_shard import explain_shard  # noqa: PLC0415

    return explain_shard(spec, context)


def finish(spec: ExplainSpec, context: FinishContext) -> tuple[Artifact, ...]:
    """Table and report; pyarrow and matplotlib are loaded here, when the first job needs them."""
    from workers.kinds.explain.finish import finish as make_files  # noqa: PLC0415

    return make_files(spec, context)


def salvage(spec: ExplainSpec, context: FinishContext) -> tuple[Artifact, ...]:
    """Table and report of the shards that were done, if any were."""
    return finish(spec, context) if context.reports else ()


def summarize(context: FinishContext) -> dict[str, Any]:
    """The job in a few numbers; pyarrow is loaded here, when the first job needs it."""
    from workers.kinds.explain.measured import Measured  # noqa: PLC0415
    from workers.kinds.explain.summary import ExplanationSummary  # noqa: PLC0415
    from workers.tables.judged_images import judged_summary  # noqa: PLC0415

    spec = EXPLAIN.asked(context.job)
    measured = Measured(context.images, spec.methods)
    numbers = ExplanationSummary(context.reports, measured, spec.faithfulness).document()
    judged = judged_summary(context.images, context.plan.class_names)
    told = {"spelling": context.plan.spelling or None, "pictures_replaced": context.plan.replaced}
    return {"score": spec.score, "question": spec.question, **told, **numbers, **judged}


EXPLAIN = JobKind(
    ExplainSpec,
    make_plan=plan,
    run_step=run,
    summarize=summarize,
    make_files=finish,
    salvage_files=salvage,
    max_failure_rate=lambda spec: spec.max_failure_rate,
)
