"""Training as a kind of job: one step, whose model is published at the end."""

from __future__ import annotations

from itertools import combinations

from jobs import keys
from jobs.errors import InvalidSpec, ObjectNotFound
from jobs.models.artifact import Artifact
from jobs.models.checkpoint import CheckpointPointer
from jobs.plan import Plan
from jobs.results.report import Report
from jobs.results.summary import summarize_training
from jobs.specs.train_spec import TrainSpec
from workers.inputs.planning import described, split_bounds_of
from workers.step.job_kind import FinishContext, JobKind, PlanContext, of_reports
from workers.step.step_context import StepContext


def plan(spec: TrainSpec, context: PlanContext) -> Plan:
    """One step of as many epochs as were asked for.

    Raises:
        InvalidSpec: the data set or a split does not exist.
    """
    dataset = described(spec.dataset, context, label=spec.label)
    asked = spec.splits.model_dump(exclude_none=True)
    _require_apart({field: split_bounds_of(f"splits.{field}", split, dataset) for field, split in asked.items()})
    return context.plan(total=spec.total_epochs, unit="epochs")


def _require_apart(bounds: dict[str, tuple[str, int, int]]) -> None:
    """Refuse to choose by, or to report on, images that were learnt from or chosen by."""
    for (one, (name, start, stop)), (other, (same, begin, end)) in combinations(bounds.items(), 2):
        if name == same and max(start, begin) < min(stop, end):
            raise InvalidSpec(
                f"splits.{other} {name}[{begin}:{end}] has images of splits.{one} {name}[{start}:{stop}], so its "
                "accuracy would say nothing of new images: choose splits or slices apart, or null for test",
                field=f"splits.{other}",
            )


def run(spec: TrainSpec, context: StepContext) -> Report:
    """Train; TensorFlow is loaded here, in the child, when the first step needs it: it takes seconds."""
    from workers.kinds.train.train_model import train_model  # noqa: PLC0415

    return train_model(spec, context)


def publish(spec: TrainSpec, context: FinishContext) -> tuple[Artifact, ...]:
    """Write the model's card and curves, then let others use it."""
    from workers.kinds.train.model_files import model_files  # noqa: PLC0415  (matplotlib takes a second)

    files = model_files(spec, context)
    model = context.reports[0].made_model.model_copy(update={"files": files})
    context.services.store.put(keys.model(model.id), model.encode(), content_type="application/json")
    return files


def checkpoints(_: TrainSpec, context: FinishContext) -> tuple[Artifact, ...]:
    """What an unfinished training has learnt so far: its best checkpoint and the last ones."""
    try:
        pointer = context.services.store.get(keys.checkpoint(context.job.id, "train"))
    except ObjectNotFound:
        return ()
    return CheckpointPointer.decode(pointer).files


TRAIN = JobKind(
    TrainSpec,
    make_plan=plan,
    run_step=run,
    summarize=of_reports(summarize_training),
    make_files=publish,
    salvage_files=checkpoints,
)
