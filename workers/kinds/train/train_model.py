"""Training as one leased step: it stores a checkpoint after each epoch, and resumes from the last one."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import structlog

from jobs.errors import BoardUnavailable, InvalidSpec, Permanent
from jobs.job import Job
from jobs.models.artifact import Artifact
from jobs.models.environment import ARITHMETIC, ENVIRONMENT
from jobs.models.model import Calibration, PublishedModel
from jobs.results.report import Report
from jobs.specs.train_spec import TrainSpec
from ml.errors import BadOption, DatasetUnavailable, MlError, UnknownName, WeightsUnavailable
from ml.models.saved_model import save_model
from ml.training.feature_cache import FeatureStore
from ml.training.options import TrainingOptions
from ml.training.progress import BatchProgress
from ml.training.train import Checkpoint, TrainingResult, model_from_checkpoint, train
from workers.inputs.step_inputs import dataset_of_step
from workers.kinds.train.checkpoints import KERAS, Checkpoints, PointerFile, history_of
from workers.kinds.train.environment import environment_of
from workers.kinds.train.object_feature_store import ObjectFeatureStore
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
    services, files, pulse = context.services, context.files, context.pulse
    source = dataset_of_step(spec.dataset, context, label=spec.label)
    pulse.progress(0, message="starting", stage="loading")
    with tempfile.TemporaryDirectory(prefix="florescope-") as name:
        folder = Path(name)
        pointer = PointerFile(services.store, context.job.id, context.step, context.attempt)
        run = _Run(
            options=training_options(spec, source, weights_dir=services.folders.weights),
            folder=folder,
            features=ObjectFeatureStore(services.store, folder),
            checkpoints=Checkpoints(files, pointer, folder, keep=spec.keep_checkpoints, check=pulse.check),
            pulse=pulse,
            forgive_deaths=lambda: services.board.counters.reset_attempts(context.job.id, context.step),
        )
        result = run.train()
        save_model(result.model, folder / "model.keras")
        file = files.put_file("model.keras", folder / "model.keras", KERAS)
    environment = environment_of(source.describe())
    return context.report(
        artifacts=(file,),
        model=_published(spec, result, file, job=context.job),
        skipped=result.skipped,
        values={ENVIRONMENT: environment.model_dump(mode="json"), ARITHMETIC: str(result.arithmetic)},
    )


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
        try:
            return train(
                self.options,
                directory=self.folder,
                features=self.features,
                resume=self.checkpoints.resume(),
                on_epoch=self._save,
                on_batch=self._show,
            )
        except Cancelled:
            self._keep_best()
            raise
        except BadOption as error:
            raise InvalidSpec(str(error), field=error.field) from error
        except MlError as error:
            if type(error) in _FIELDS:
                raise InvalidSpec(str(error), field=_FIELDS[type(error)]) from error
            raise Permanent(str(error)) from error

    def _save(self, checkpoint: Checkpoint) -> None:
        self.pulse.check()
        self.checkpoints.save(checkpoint)
        _tell(checkpoint)
        with suppress(BoardUnavailable):  # the epoch is stored; the next one forgives what this one could not
            self.forgive_deaths()

    def _show(self, batch: BatchProgress) -> None:
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
    measured = {name: round(getattr(last, name), 4) for name in _LOGGED}
    _log.info("epoch_done", epoch=last.epoch, **measured)


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
    )
