"""Training as one leased step: it stores a checkpoint after each epoch, and resumes from the last one."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path

import structlog

from jobs.errors import BoardUnavailable, InvalidSpec, Permanent
from jobs.job import Job
from jobs.models.artifact import Artifact
from jobs.models.environment import ARITHMETIC, ENVIRONMENT
from jobs.models.model import Calibration, EpochMean, PublishedModel
from jobs.models.model_card import RepeatedRun
from jobs.results.report import Report
from jobs.specs.train_spec import FOLD_STEP, TrainSpec
from ml.errors import BadOption, DatasetUnavailable, MlError, UnknownName, WeightsUnavailable
from ml.models.saved_model import save_model
from ml.training.feature_cache import FeatureStore
from ml.training.folds import Fold
from ml.training.held_out import predict_held_out
from ml.training.options import TrainingOptions
from ml.training.progress import BatchProgress
from ml.training.train import Checkpoint, TrainingResult, model_from_checkpoint, train
from workers.inputs.dataset_source import DatasetSource
from workers.inputs.step_inputs import dataset_of_step
from workers.kinds.train.checkpoints import KERAS, Checkpoints, PointerFile, history_of
from workers.kinds.train.environment import environment_of
from workers.kinds.train.object_feature_store import ObjectFeatureStore
from workers.kinds.train.out_of_sample import NAME, PARQUET, encode
from workers.kinds.train.refit import REFIT, find_refit
from workers.kinds.train.training_clock import TrainingClock
from workers.kinds.train.training_options import training_options
from workers.kinds.train.training_progress import epochs_done, in_words, stage_of
from workers.step.interruption import Cancelled
from workers.step.pulse import Pulse
from workers.step.step_context import StepContext

_log = structlog.get_logger(__name__)
_LOGGED = ("loss", "accuracy", "validation_loss", "validation_accuracy", "seconds")
_FIELDS: dict[type[MlError], str] = {
    UnknownName: "dataset",
    DatasetUnavailable: "dataset",
    WeightsUnavailable: "weights",
}


def train_model(spec: TrainSpec, context: StepContext) -> Report:
    """Train, evaluate and store a model.

    Raises:
        Interruption: the job is to stop, the lease was lost, or the worker leaves; the last epoch is kept.
        InvalidSpec, Permanent: it cannot be trained as asked.
    """
    source = dataset_of_step(spec.dataset, context, label=spec.label)
    refit = find_refit(spec, context.services.store)
    with tempfile.TemporaryDirectory(prefix="florescope-") as name:
        folder = Path(name)
        result = _run(_options(spec, source, context, refit), spec, context, folder).train()
        _tell_choice(result)
        save_model(result.model, folder / "model.keras")
        file = context.files.put_file("model.keras", folder / "model.keras", KERAS)
    environment = environment_of(source.describe())
    noted = {ENVIRONMENT: environment.model_dump(mode="json"), ARITHMETIC: str(result.arithmetic)}
    return context.report(
        artifacts=(file,),
        model=_published(spec, result, file, job=context.job),
        skipped=result.skipped,
        values=noted if refit is None else noted | {REFIT: refit.model_dump(mode="json")},
    )


def train_fold(spec: TrainSpec, context: StepContext) -> Report:
    """Train without one part of the training images, and store what is predicted of that part.

    Raises:
        Interruption, InvalidSpec, Permanent: as ``train_model``.
    """
    number = int(context.step.removeprefix(FOLD_STEP))
    source = dataset_of_step(spec.dataset, context, label=spec.label)
    whole = _options(spec, source, context, find_refit(spec, context.services.store))
    options = replace(whole, test_split=None, fold=Fold(number - 1, spec.folds))
    with tempfile.TemporaryDirectory(prefix="florescope-") as name:
        run = _run(options, spec, context, Path(name))
        result = run.train()
        with _translated():
            found = predict_held_out(result.model, options, on_batch=run.show)
    data = encode(found, result.class_names, fold=number)
    hits = int((found.predictions == found.labels).sum())
    file = context.files.put(f"{context.step}/{NAME}", data, PARQUET)
    return context.report(artifacts=(file,), values={"held_out": len(found.labels), "held_out_right": hits})


def _options(
    spec: TrainSpec, source: DatasetSource, context: StepContext, refit: RepeatedRun | None
) -> TrainingOptions:
    options = training_options(spec, source, weights_dir=context.services.folders.weights)
    if refit is None:
        return options
    tuning = replace(options.fine_tune, average_last=refit.averaged)
    return replace(options, stop_after=refit.stop_after, temperature=refit.temperature, fine_tune=tuning)


def _run(options: TrainingOptions, spec: TrainSpec, context: StepContext, folder: Path) -> _Run:
    services, pulse = context.services, context.pulse
    pulse.progress(0, message="starting", stage="loading")
    pointer = PointerFile(services.store, context.job.id, context.step, context.attempt)
    return _Run(
        options=options,
        folder=folder,
        features=ObjectFeatureStore(services.store, folder),
        checkpoints=Checkpoints(
            context.files,
            pointer,
            folder,
            keep=spec.keep_checkpoints,
            check=pulse.check,
            averaged=options.fine_tune.average_last,
        ),
        pulse=pulse,
        forgive_deaths=lambda: services.board.counters.reset_attempts(context.job.id, context.step),
    )


@contextmanager
def _translated() -> Iterator[None]:
    """What ``ml`` refuses, as an error of the job that names the field to correct."""
    try:
        yield
    except BadOption as error:
        raise InvalidSpec(str(error), field=error.field) from error
    except MlError as error:
        if type(error) in _FIELDS:
            raise InvalidSpec(str(error), field=_FIELDS[type(error)]) from error
        raise Permanent(str(error)) from error


@dataclass(frozen=True)
class _Run:
    """One attempt at a training: what to train, and where its checkpoints and its progress go."""

    options: TrainingOptions
    folder: Path
    features: FeatureStore
    checkpoints: Checkpoints
    pulse: Pulse
    forgive_deaths: Callable[[], None]
    clock: TrainingClock = field(default_factory=TrainingClock)

    def train(self) -> TrainingResult:
        with _translated():
            try:
                return train(
                    self.options,
                    directory=self.folder,
                    features=self.features,
                    resume=self.checkpoints.resume(),
                    on_epoch=self._save,
                    on_batch=self.show,
                )
            except Cancelled:
                self._keep_best()
                raise

    def _save(self, checkpoint: Checkpoint) -> None:
        self.pulse.check()
        self.checkpoints.save(checkpoint)
        _tell(checkpoint)
        with suppress(BoardUnavailable):  # the epoch is stored; the next one forgives what this one could not
            self.forgive_deaths()

    def show(self, batch: BatchProgress) -> None:
        """Between two batches: leave if there is a reason to, and say how far it is."""
        self.pulse.check()
        eta_s = self.clock.seconds_left(batch)
        self.pulse.progress(epochs_done(batch), message=in_words(batch), stage=stage_of(batch), eta_s=eta_s)

    def _keep_best(self) -> None:
        """Make a model of what was learnt until the job was cancelled."""
        best = self.checkpoints.best_file()
        if best is not None:
            path = self.folder / "best.keras"
            save_model(model_from_checkpoint(self.options, best), path)
            self.checkpoints.keep_model(path)


def _tell(checkpoint: Checkpoint) -> None:
    """The epoch that has ended, in the log of the job."""
    last = checkpoint.history[-1]
    known = {name: getattr(last, name) for name in _LOGGED}
    measured = {name: round(value, 4) for name, value in known.items() if value is not None}
    _log.info("epoch_done", epoch=last.epoch, **measured)


def _tell_choice(result: TrainingResult) -> None:
    """Whether the best epoch or a mean of epochs is published, in the log of the job."""
    mean, best = result.mean, result.history[result.best_epoch - 1]
    if mean is not None:
        _log.info(
            "mean_of_epochs",
            epochs=f"{mean.epochs[0]} to {mean.epochs[-1]}",
            validation_accuracy=mean.validation_accuracy,
            best_epoch=best.epoch,
            best_epoch_validation_accuracy=best.validation_accuracy,
            published=mean.published,
        )


def _published(spec: TrainSpec, result: TrainingResult, file: Artifact, *, job: Job) -> PublishedModel:
    calibration = result.calibration
    return PublishedModel(
        id=job.id,
        name=spec.name,
        job_id=job.id,
        project=job.project,
        submitter=job.submitter,
        created_at=datetime.now(UTC),
        checkpoint=file,
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
        calibration=Calibration.model_validate(calibration, from_attributes=True) if calibration else None,
        history=history_of(result.history),
        best_epoch=result.best_epoch,
        mean=EpochMean.model_validate(result.mean, from_attributes=True) if result.mean else None,
    )
