"""Training as one leased step: a checkpoint each epoch, and on from the last one after any interruption."""

from __future__ import annotations

import tempfile
from datetime import UTC, datetime
from pathlib import Path

from jobs.errors import InvalidSpec, Permanent
from jobs.models.environment import ARITHMETIC, ENVIRONMENT, Environment
from jobs.models.model import Calibration, PublishedModel
from jobs.results.report import Report
from jobs.specs.train_spec import TrainSpec
from ml.data.datasets import describe
from ml.errors import BadOption, DatasetUnavailable, MlError, UnknownName, WeightsUnavailable
from ml.training import train as training
from workers.inputs.image_folders import folder_of_step
from workers.kinds.train.checkpoints import KERAS, Checkpoints, history_of, put_file
from workers.kinds.train.environment import environment_of
from workers.kinds.train.object_feature_store import ObjectFeatureStore
from workers.kinds.train.training_options import training_options
from workers.step.interruption import Cancelled
from workers.step.step_context import StepContext

_FIELDS: dict[type[MlError], str] = {
    UnknownName: "dataset",
    DatasetUnavailable: "dataset",
    WeightsUnavailable: "weights",
}


def train_model(context: StepContext) -> Report:
    """Train, evaluate and store a model.

    Raises:
        Interruption: the job is to stop, the lease was lost, or the worker leaves; the last epoch is kept.
        InvalidSpec, Permanent: it cannot be trained as asked.
    """
    spec = context.job.spec
    if not isinstance(spec, TrainSpec):
        raise InvalidSpec("only a training job trains")
    context.pulse.progress(0, message="starting")
    with tempfile.TemporaryDirectory(prefix="florescope-") as name:
        folder = Path(name)
        result = _train(context, spec, folder)
        model = _publishable(context, spec, result, folder)
    return context.report(
        artifacts=(model.checkpoint,),
        model=model,
        skipped=result.skipped,
        values={
            ENVIRONMENT: _environment(spec, context).model_dump(mode="json"),
            ARITHMETIC: str(result.arithmetic),
        },
    )


def _environment(spec: TrainSpec, context: StepContext) -> Environment:
    data_dir, folder = context.services.folders.data_dir, folder_of_step(spec.dataset, context)
    return environment_of(describe(spec.dataset, data_dir=data_dir, folder=folder))


def _train(context: StepContext, spec: TrainSpec, folder: Path) -> training.TrainingResult:
    options = training_options(spec, context.services.folders, folder=folder_of_step(spec.dataset, context))
    checkpoints = Checkpoints(context, folder, keep=spec.keep_checkpoints)
    try:
        return training.train(
            options,
            directory=folder,
            features=ObjectFeatureStore(context.services.store, folder),
            resume=checkpoints.resume(),
            on_epoch=lambda checkpoint: _save(context, checkpoints, checkpoint),
            on_batch=lambda batch: _beat(context, batch),
        )
    except Cancelled:
        _keep_best(options, checkpoints, folder)
        raise
    except BadOption as error:
        raise InvalidSpec(str(error), field=error.field) from error
    except MlError as error:
        if type(error) in _FIELDS:
            raise InvalidSpec(str(error), field=_FIELDS[type(error)]) from error
        raise Permanent(str(error)) from error


def _save(context: StepContext, checkpoints: Checkpoints, checkpoint: training.Checkpoint) -> None:
    context.pulse.check()
    checkpoints.save(checkpoint)


def _keep_best(options: training.TrainingOptions, checkpoints: Checkpoints, folder: Path) -> None:
    """Make a model of what was learnt until the job was cancelled."""
    best = checkpoints.best_file()
    if best is None:
        return
    path = folder / "best.keras"
    training.save_model(training.model_from_checkpoint(options, best), path)
    checkpoints.keep_model(path)


def _beat(context: StepContext, batch: training.BatchProgress) -> None:
    """Between two batches: leave if there is a reason to, and say how far it is."""
    context.pulse.check()
    done = float(batch.epoch)
    if batch.activity == "training":
        done += batch.step / batch.steps - 1
    context.pulse.progress(done, message=said(batch))


def said(batch: training.BatchProgress) -> str:
    """Where a training is, for a person: activity, epoch, step, loss, accuracy, images per second, time to go."""
    unit = "step" if batch.activity == "training" else "image"
    parts = [
        f"{_ACTIVITIES.get((batch.activity, batch.phase), batch.activity)}, epoch {batch.epoch}/{batch.epochs}",
        f"{unit} {batch.step}/{batch.steps}",
    ]
    if batch.loss is not None and batch.accuracy is not None:
        parts += [f"loss {batch.loss:.3f}", f"accuracy {batch.accuracy:.3f}"]
    if batch.step:
        parts.append(f"{batch.images_per_s:.0f} images/s")
    if batch.eta_s is not None and batch.step < batch.steps:
        parts.append(f"{batch.eta_s:.0f} s to go")
    return ", ".join(parts)


_ACTIVITIES = {("training", "head"): "training the head", ("training", "fine_tune"): "fine-tuning"}


def _publishable(
    context: StepContext, spec: TrainSpec, result: training.TrainingResult, folder: Path
) -> PublishedModel:
    path = folder / "model.keras"
    training.save_model(result.model, path)
    return PublishedModel(
        id=context.job.id,
        name=spec.name,
        job_id=context.job.id,
        created_at=datetime.now(UTC),
        checkpoint=put_file(context, "model.keras", path, KERAS),
        backbone=spec.backbone,
        weights=spec.weights,
        image_size=spec.image_size,
        feature_layer=result.feature_layer,
        class_names=result.class_names,
        dataset=spec.dataset,
        train_images=result.train_images,
        validation_images=result.validation_images,
        test_images=result.test_images,
        test_accuracy=result.test_accuracy,
        test_loss=result.test_loss,
        calibration=Calibration.model_validate(result.calibration, from_attributes=True)
        if result.calibration
        else None,
        history=history_of(result.history),
        best_epoch=result.best_epoch,
    )
