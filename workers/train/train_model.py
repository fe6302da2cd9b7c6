"""Training as one leased step: a checkpoint each epoch, and on from the last one after any interruption."""

from __future__ import annotations

import tempfile
from datetime import UTC, datetime
from pathlib import Path

from jobs import keys
from jobs.artifact import Artifact
from jobs.checkpoint import CheckpointPointer
from jobs.environment import Environment
from jobs.errors import InvalidSpec, ObjectNotFound, Permanent
from jobs.model import EpochMetrics, PublishedModel
from jobs.report import Report
from jobs.train_spec import TrainSpec
from ml import training
from ml.datasets import describe
from ml.errors import DatasetUnavailable, MlError, UnknownName, WeightsUnavailable
from workers.step_context import StepContext
from workers.train.environment import environment_of

_KERAS = "application/zip"
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
        try:
            result = training.train(
                _options(spec, context),
                directory=folder,
                resume=_resume(context, folder),
                on_epoch=lambda checkpoint: _save_checkpoint(context, checkpoint),
                on_batch=lambda batch: _beat(context, batch),
            )
        except MlError as error:
            if type(error) in _FIELDS:
                raise InvalidSpec(str(error), field=_FIELDS[type(error)]) from error
            raise Permanent(str(error)) from error
        model = _publishable(context, spec, result, folder)
    return Report(
        job_id=context.job.id,
        step=context.step,
        attempt=context.attempt,
        worker=context.services.worker,
        started_at=context.started_at,
        finished_at=datetime.now(UTC),
        artifacts=(model.checkpoint,),
        model=model,
        skipped=result.skipped,
        values={"environment": _environment(spec, context).model_dump(mode="json")},
    )


def _environment(spec: TrainSpec, context: StepContext) -> Environment:
    folder = context.services.folders.tfds
    return environment_of(describe(spec.dataset, data_dir=str(folder) if folder else None))


def _options(spec: TrainSpec, context: StepContext) -> training.TrainingOptions:
    folders = context.services.folders
    return training.TrainingOptions(
        dataset=spec.dataset,
        train_split=spec.splits.train,
        validation_split=spec.splits.validation,
        test_split=spec.splits.test,
        backbone=spec.backbone,
        weights=spec.weights,
        image_size=spec.image_size,
        pipeline=spec.pipeline,
        epochs=spec.epochs,
        batch_size=spec.batch_size,
        learning_rate=spec.optimizer.learning_rate,
        optimizer=spec.optimizer.name,
        seed=spec.seed,
        data_dir=str(folders.tfds) if folders.tfds else None,
        weights_dir=str(folders.weights) if folders.weights else None,
    )


def _beat(context: StepContext, batch: training.BatchProgress) -> None:
    """Between two batches: leave if there is a reason to, and say how far it is."""
    context.pulse.check()
    done = batch.epoch - 1 + batch.step / batch.steps if batch.phase == "training" else float(batch.epoch)
    if batch.phase == "loading":
        done = 0.0
    measured = f", loss {batch.loss:.3f}, accuracy {batch.accuracy:.3f}" if batch.phase == "training" else ""
    context.pulse.progress(done, message=f"{batch.phase}, epoch {batch.epoch}/{batch.epochs}{measured}")


def _save_checkpoint(context: StepContext, checkpoint: training.Checkpoint) -> None:
    """Store the file, then the pointer to it."""
    context.pulse.check()
    epoch = len(checkpoint.history)
    pointer = CheckpointPointer(
        job_id=context.job.id,
        step=context.step,
        attempt=context.attempt,
        file=_put_file(context, f"checkpoints/epoch-{epoch:04d}.keras", checkpoint.model_path),
        history=_history(checkpoint.history),
    )
    context.services.store.put(keys.checkpoint(context.job.id, context.step), pointer.encode())
    context.services.board.reset_attempts(context.job.id, context.step)


def _resume(context: StepContext, folder: Path) -> training.Checkpoint | None:
    """The last checkpoint that any attempt at this step left, or None."""
    store = context.services.store
    try:
        pointer = CheckpointPointer.decode(store.get(keys.checkpoint(context.job.id, context.step)))
    except ObjectNotFound:
        return None
    path = folder / "resume.keras"
    store.get_file(pointer.file.key, path, sha256=pointer.file.sha256)
    history = tuple(training.EpochMetrics(**metrics.model_dump()) for metrics in pointer.history)
    return training.Checkpoint(model_path=path, history=history)


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
        checkpoint=_put_file(context, "model.keras", path),
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
        history=_history(result.history),
    )


def _put_file(context: StepContext, name: str, path: Path) -> Artifact:
    info = context.services.store.put_file(context.key(name), path, content_type=_KERAS)
    return Artifact(name=name, key=info.key, size=info.size, sha256=info.sha256 or "", content_type=_KERAS)


def _history(history: tuple[training.EpochMetrics, ...]) -> tuple[EpochMetrics, ...]:
    return tuple(
        EpochMetrics(
            epoch=metrics.epoch,
            loss=metrics.loss,
            accuracy=metrics.accuracy,
            validation_loss=metrics.validation_loss,
            validation_accuracy=metrics.validation_accuracy,
            seconds=metrics.seconds,
        )
        for metrics in history
    )
