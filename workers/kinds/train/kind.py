"""Training as a kind of job: one step, whose model is published at the end."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import combinations

from jobs import keys
from jobs.errors import InvalidSpec, ObjectNotFound
from jobs.models.artifact import Artifact
from jobs.models.checkpoint import CheckpointPointer
from jobs.plan import Plan, Stage
from jobs.results.report import Report
from jobs.results.summary import summarize_training
from jobs.specs.train_spec import FOLD_STEP, TrainSpec
from workers.inputs.planning import SplitBounds, described, have_common_images, split_bounds_of
from workers.kinds.train.refit import chosen_on, find_refit
from workers.step.job_kind import FinishContext, JobKind, PlanContext, of_reports
from workers.step.step_context import StepContext


def plan(spec: TrainSpec, context: PlanContext) -> Plan:
    """One step of as many epochs as were asked for, and one more for each fold.

    Raises:
        InvalidSpec: the data set, a split or the run that is repeated does not exist.
    """
    dataset = described(spec.dataset, context, label=spec.label)
    parts = [(field, part) for field, asked in spec.splits.parts().items() for part in asked]
    bounds = [(field, split_bounds_of(f"splits.{field}", part, dataset)) for field, part in parts]
    _require_apart(bounds, dataset=spec.dataset)
    refit = find_refit(spec, context.services.store)
    _require_unseen_test(spec, dict(bounds), chosen_on(spec, dataset, context.services.store))
    epochs = sum(refit.stop_after.values()) if refit else spec.total_epochs
    if not spec.folds:
        return context.plan(total=epochs, unit="epochs")
    steps = (spec.kind, *(f"{FOLD_STEP}{number}" for number in range(1, spec.folds + 1)))
    stages = tuple(Stage(step=step) for step in steps)
    return context.plan(total=len(steps) * epochs, unit="epochs", stages=stages)


def _require_apart(bounds: Sequence[tuple[str, SplitBounds]], *, dataset: str) -> None:
    """Refuse to choose by, or to report on, images that were learnt from or chosen by."""
    for (one, first), (other, second) in combinations(bounds, 2):
        if have_common_images(first, second, dataset=dataset):
            raise InvalidSpec(
                f"splits.{other} {_words(second)} has images of splits.{one} {_words(first)}, so its "
                "accuracy would say nothing of new images: choose splits or slices apart, or null for test",
                field=f"splits.{other}",
            )


def _require_unseen_test(spec: TrainSpec, bounds: Mapping[str, SplitBounds], chosen: SplitBounds | None) -> None:
    """Refuse to test on the images by which the epochs that are repeated were chosen."""
    tested = bounds.get("test")
    if tested and chosen and have_common_images(tested, chosen, dataset=spec.dataset):
        raise InvalidSpec(
            f"splits.test {_words(tested)} has images of splits.validation {_words(chosen)} of {spec.refit_of}, by "
            "which the epochs that are repeated were chosen, so its accuracy would say nothing of new images: choose "
            "other images, or null",
            field="splits.test",
        )


def _words(bounds: SplitBounds) -> str:
    name, start, stop = bounds
    return f"{name}[{start}:{stop}]"


def run(spec: TrainSpec, context: StepContext) -> Report:
    """Train; TensorFlow is loaded here, in the child, when the first step needs it: it takes seconds."""
    from workers.kinds.train.train_model import train_fold, train_model  # noqa: PLC0415

    return train_fold(spec, context) if context.step.startswith(FOLD_STEP) else train_model(spec, context)


def publish(spec: TrainSpec, context: FinishContext) -> tuple[Artifact, ...]:
    """Write the model's card and curves, then let others use it."""
    from workers.kinds.train.model_files import model_files  # noqa: PLC0415  (matplotlib takes a second)

    files = (*model_files(spec, context), *_out_of_sample(spec, context))
    model = context.reports[0].made_model.model_copy(update={"files": files})
    context.services.store.put(keys.model(model.id), model.encode(), content_type="application/json")
    return files


def _out_of_sample(spec: TrainSpec, context: FinishContext) -> tuple[Artifact, ...]:
    """The predictions of all folds, in one file."""
    if not spec.folds:
        return ()
    from workers.kinds.train.out_of_sample import NAME, PARQUET, joined  # noqa: PLC0415  (pyarrow)

    parts = [file for report in context.reports for file in report.artifacts if file.name.endswith(NAME)]
    return (context.files.put(NAME, joined(parts, context.services.store), PARQUET),)


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
