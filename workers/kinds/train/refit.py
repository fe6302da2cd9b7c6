"""Repeats a training on more images: where its phases end is known from a run that had a validation split."""

from __future__ import annotations

from jobs import keys
from jobs.errors import InvalidSpec, ObjectNotFound
from jobs.models.model import EpochMetrics, PublishedModel
from jobs.models.model_card import RepeatedRun
from jobs.specs.train_spec import TrainSpec, check_refit
from ml.data.datasets import DatasetDescription
from store.base import ObjectStore
from workers.inputs.job_results import ended_job
from workers.inputs.planning import SplitBounds, split_bounds_of

REFIT = "refit"
"""The name under which a step's report notes the run that it repeats."""


def find_refit(spec: TrainSpec, store: ObjectStore) -> RepeatedRun | None:
    """The run that a specification repeats; None where it repeats none.

    Raises:
        InvalidSpec: there is no such run, it left no model, or it was another training.
    """
    job_id = spec.refit_job_id
    if job_id is None:
        return None
    check_refit(spec, ended_job(job_id, store, field="refit_of").spec)
    try:
        model = PublishedModel.decode(store.get(keys.model(job_id)))
    except ObjectNotFound:
        raise InvalidSpec(f"refit_of: the model of job {job_id} is gone", field="refit_of") from None
    return RepeatedRun(
        job_id=job_id,
        stop_after=stop_after(model),
        temperature=model.calibration.temperature if model.calibration and spec.calibrate else None,
        averaged=len(model.mean.epochs) if model.mean and model.mean.published else 0,
        validation_accuracy=model.validation_accuracy,
        validation_images=model.validation_images,
    )


def chosen_on(spec: TrainSpec, dataset: DatasetDescription, store: ObjectStore) -> SplitBounds | None:
    """The images by which the epochs of the run that is repeated were chosen.

    None where nothing is repeated, and where the data set has that split no more, since its pictures were moved.
    """
    if spec.refit_job_id is None:
        return None
    run = ended_job(spec.refit_job_id, store, field="refit_of").spec
    split = run.splits.validation if isinstance(run, TrainSpec) else None
    if split is None:
        return None
    try:
        return split_bounds_of("refit_of", split, dataset)
    except InvalidSpec:
        return None


def stop_after(model: PublishedModel) -> dict[str, int]:
    """How many epochs each phase took until what was published.

    That is the best epoch, or the last of those whose mean it is; of the head, the best one, from which fine-tuning
    went on.
    """
    published = model.published
    if published is None:
        raise InvalidSpec(f"refit_of: model {model.id} has no history of epochs", field="refit_of")
    found: dict[str, int] = {}
    for phase in ("head", "scratch", "fine_tune"):
        own = [each for each in model.history if each.phase == phase]
        upto = [each.epoch for each in own].index(published.epoch) + 1 if published in own else _best(own)
        found[phase] = 0 if phase == "fine_tune" and published.phase != phase else upto
    return found


def _best(epochs: list[EpochMetrics]) -> int:
    """The place of the best epoch, counted from 1; 0 of none."""
    if not epochs:
        return 0
    ranks = [(each.validation_accuracy or 0, -(each.validation_loss or 0)) for each in epochs]
    return ranks.index(max(ranks)) + 1
