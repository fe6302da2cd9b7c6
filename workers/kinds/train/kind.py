"""Training as the workers see it: one step, whose model is published at the end."""

from __future__ import annotations

from itertools import combinations

from jobs import keys
from jobs.errors import InvalidSpec, ObjectNotFound
from jobs.models.artifact import Artifact
from jobs.models.checkpoint import CheckpointPointer
from jobs.plan import Plan
from jobs.results.report import Report
from jobs.specs.train_spec import TrainSpec
from workers.inputs.planning import described, split_bounds_of
from workers.step.job_kind import FinishContext, JobKind, PlanContext
from workers.step.step_context import StepContext


def plan(planning: PlanContext) -> Plan:
    """One step of as many epochs as were asked for.

    Raises:
        InvalidSpec: the data set or a split does not exist.
    """
    spec = planning.job.spec
    if not isinstance(spec, TrainSpec):
        raise InvalidSpec("only a training job trains")
    dataset = described(spec.dataset, planning)
    asked = spec.splits.model_dump(exclude_none=True)
    _require_apart({field: split_bounds_of(f"splits.{field}", split, dataset) for field, split in asked.items()})
    return Plan(job_id=planning.job.id, kind="train", created_at=planning.now, total=spec.total_epochs, unit="epochs")


def _require_apart(bounds: dict[str, tuple[str, int, int]]) -> None:
    """Refuse to choose by, or to report on, images that were learnt from or chosen by."""
    for (one, (name, start, stop)), (other, (same, begin, end)) in combinations(bounds.items(), 2):
        if name == same and max(start, begin) < min(stop, end):
            raise InvalidSpec(
                f"splits.{other} {name}[{begin}:{end}] has images of splits.{one} {name}[{start}:{stop}], so its "
                "accuracy would say nothing of new images: choose splits or slices apart, or null for test",
                field=f"splits.{other}",
            )


def run(context: StepContext) -> Report:
    """Train; TensorFlow is loaded here, in the child, when the first step needs it: it takes seconds."""
    from workers.kinds.train.train_model import train_model  # noqa: PLC0415

    return train_model(context)


def publish(finishing: FinishContext) -> tuple[Artifact, ...]:
    """Write the model's card and curves, then let others use it."""
    from workers.kinds.train.model_files import model_files  # noqa: PLC0415  (matplotlib takes a second)

    spec, report = finishing.job.spec, finishing.reports[0]
    if not isinstance(spec, TrainSpec) or report.model is None:
        raise InvalidSpec("only a training job publishes what it trained")
    files = model_files(finishing, spec, report, report.model)
    model = report.model.model_copy(update={"files": files})
    finishing.services.store.put(keys.model(model.id), model.encode(), content_type="application/json")
    return files


def checkpoints(finishing: FinishContext) -> tuple[Artifact, ...]:
    """What an unfinished training has learnt so far: its best checkpoint and the last ones."""
    try:
        pointer = finishing.services.store.get(keys.checkpoint(finishing.job.id, "train"))
    except ObjectNotFound:
        return ()
    return CheckpointPointer.decode(pointer).files


TRAIN = JobKind(plan, run, publish, salvage=checkpoints)
