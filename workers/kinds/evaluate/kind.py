"""Evaluation as a kind of job: one step scores one shard of images; the files of the job are tables and pictures."""

from __future__ import annotations

from typing import Any

from jobs import keys
from jobs.errors import InvalidSpec, ObjectNotFound
from jobs.models.artifact import Artifact
from jobs.models.model import PublishedModel
from jobs.plan import Plan, shards
from jobs.results.evaluation.evaluation_totals import BACKGROUND
from jobs.results.report import Report
from jobs.specs.evaluate_spec import EvaluateSpec
from ml.data.datasets import DatasetDescription
from store.base import ObjectStore
from workers.inputs.class_names import disagreement
from workers.inputs.job_results import ended_job
from workers.inputs.planning import described, spelling_apart, split_bounds_of
from workers.inputs.published_models import find_model
from workers.step.job_kind import FinishContext, JobKind, PlanContext
from workers.step.services import Services
from workers.step.step_context import StepContext


def plan(spec: EvaluateSpec, context: PlanContext) -> Plan:
    """Shards that cover the split.

    Raises:
        InvalidSpec: the data set, the split or a model does not exist, or they know different classes.
    """
    model = find_model(spec, context.services)
    dataset = described(spec.dataset, context, label=spec.label, class_names=model.class_names)
    check_classes(model, dataset, field="model")
    check_layer(spec, model, has_masks=dataset.has_masks)
    check_earlier(spec, context.services.store)
    baseline = _published(spec.baseline_model, context.services) if spec.baseline_model else None
    if baseline is not None:
        check_classes(baseline, dataset, field="baseline_model")
    name, start, stop = split_bounds_of("split", spec.split, dataset)
    return context.plan(
        total=stop - start,
        unit="images",
        shards=shards(start, stop, size=spec.shard_size),
        split=name,
        model=model,
        baseline=baseline,
        spelling=spelling_apart(model, dataset),
    )


def check_classes(model: PublishedModel, dataset: DatasetDescription, *, field: str) -> None:
    """A prediction can only be right or wrong where model and data set number the same classes alike.

    Raises:
        InvalidSpec: they do not.
    """
    apart = disagreement(model.class_names, dataset.class_names)
    if apart:
        raise InvalidSpec(f"model {model.id} and data set {dataset.name!r} {apart}: {_advice(model)}", field=field)
    if dataset.labels_left_out:
        raise InvalidSpec(f"only labelled images can be judged, and {dataset.labels_left_out}", field="dataset")


def check_layer(spec: EvaluateSpec, model: PublishedModel, *, has_masks: bool) -> None:
    """GradCAM maps can only move, and tell objects from backgrounds, where there are any.

    Raises:
        InvalidSpec: the model has no layer between pixels and logits that GradCAM could explain.
    """
    if BACKGROUND in spec.corruptions and not has_masks and model.feature_layer is None:
        raise InvalidSpec(
            f"corruption {BACKGROUND!r} replaces what is not the object, and nothing tells the object: data set "
            f"{spec.dataset!r} has no true masks, and model {model.id} no layer that GradCAM could explain. Leave "
            f"{BACKGROUND!r} out",
            field="corruptions",
        )
    if spec.corruptions and spec.gradcam_shift and model.feature_layer is None:
        raise InvalidSpec(
            f"model {model.id} has no layer between pixels and logits on which all logits depend alone, so GradCAM "
            "explains nothing that could move: set gradcam_shift to false",
            field="gradcam_shift",
        )


def _advice(model: PublishedModel) -> str:
    own = f", as {model.dataset!r} is" if model.dataset else ""
    again = "; or, where its outputs are those of the data set, import it again with their names in that order"
    return f"evaluate it on a data set with its classes{own}{again if model.origin == 'imported' else ''}"


def run(spec: EvaluateSpec, context: StepContext) -> Report:
    """Evaluate a shard; TensorFlow is loaded here, in the child, when the first step needs it: it takes seconds."""
    from workers.kinds.evaluate.evaluate_shard import evaluate_shard  # noqa: PLC0415

    return evaluate_shard(spec, context)


def finish(spec: EvaluateSpec, context: FinishContext) -> tuple[Artifact, ...]:
    """Metrics, tables and pictures; what draws them is loaded here, when the first job needs it."""
    from workers.kinds.evaluate.job_files import job_files  # noqa: PLC0415

    return job_files(spec, context)


def check_earlier(spec: EvaluateSpec, store: ObjectStore) -> None:
    """The evaluation that this one is compared with must have come to its end, and be of the same data set.

    Raises:
        InvalidSpec: it did not, or is not.
    """
    if spec.earlier_job_id:
        spec.check_results({"compared_with": ended_job(spec.earlier_job_id, store, field="compared_with").spec})


def _published(model_id: str, services: Services) -> PublishedModel:
    try:
        return PublishedModel.decode(services.store.get(keys.model(model_id)))
    except ObjectNotFound:
        raise InvalidSpec(f"model {model_id!r} does not exist", field="baseline_model") from None


def summarize(context: FinishContext) -> dict[str, Any]:
    """The job in a few numbers; pyarrow is loaded here, when the first job needs it."""
    from workers.kinds.evaluate.job_files import summary  # noqa: PLC0415
    from workers.tables.judged_images import judged_summary  # noqa: PLC0415

    judged = judged_summary(context.images, context.plan.class_names)
    return {**summary(EVALUATE.asked(context.job), context), **judged, "spelling": context.plan.spelling or None}


EVALUATE = JobKind(
    EvaluateSpec,
    make_plan=plan,
    run_step=run,
    summarize=summarize,
    make_files=finish,
    max_failure_rate=lambda spec: spec.max_failure_rate,
)
