"""Trains a classifier; a training can be stopped after any batch and resumed after any epoch.

A pretrained backbone is frozen at first: features of every image (or of a few augmented views of each) are computed
once, and the head is trained on them. Fine-tuning then trains the last layers too. From scratch, all layers are
trained on images from the start. The best epoch by validation accuracy, or a mean of the last ones, is tested and
published.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from pathlib import Path
from typing import Protocol

from ml.errors import MlError, TrainingDiverged
from ml.evaluation.accuracy import Evaluation
from ml.models.classifier import feature_layer_name
from ml.models.saved_model import load_model, save_model
from ml.training.checkpoint import Checkpoint, TrainingState, read_state, write_state
from ml.training.feature_cache import FeatureStore, NoFeatureStore
from ml.training.finished_model import finish, model_from_checkpoint
from ml.training.frozen_features import FrozenFeatures
from ml.training.head_phase import OnStep
from ml.training.history import History, is_over
from ml.training.image_phase import ImagePhase
from ml.training.options import FineTuneOptions, OptimizerOptions, TrainingOptions
from ml.training.phases import check_options, head_phase, image_phase
from ml.training.precision import Arithmetic
from ml.training.progress import Activity, BatchProgress, EpochMetrics, OnBatch, PhaseName, Reporter
from ml.training.states.epoch_mean import FEWEST, EpochMean, best_mean, last_epochs
from ml.training.states.kept_states import KeptStates
from ml.training.training_data import TrainingData, describe_dataset
from ml.training.training_result import TrainingResult

__all__ = [
    "BatchProgress",
    "Checkpoint",
    "EpochMetrics",
    "FineTuneOptions",
    "OptimizerOptions",
    "TrainingOptions",
    "TrainingResult",
    "load_model",
    "model_from_checkpoint",
    "save_model",
    "train",
]

OnEpoch = Callable[[Checkpoint], None]


class Phase(Protocol):
    """A part of a training in which the same variables are trained."""

    name: PhaseName
    steps: int

    def learn(self, epoch: int, on_step: OnStep) -> tuple[float, float]: ...
    def evaluate(self, on_batch: Callable[[int], None]) -> Evaluation | None: ...
    def learning_rate(self) -> float: ...
    def state(self, epoch: int) -> TrainingState: ...
    def restore(self, state: TrainingState) -> None: ...


def train(
    options: TrainingOptions,
    *,
    directory: Path,
    features: FeatureStore | None = None,
    resume: Checkpoint | None = None,
    on_epoch: OnEpoch,
    on_batch: OnBatch,
) -> TrainingResult:
    """Train, validate after each epoch, and test what is published once at the end.

    Args:
        options: of the training.
        directory: for the ``epoch-NNNN.npz`` files; the newest, the best and those of which a mean is made are kept.
        features: stores features of frozen backbones; None: they are not stored.
        resume: the checkpoint to resume from; the result is the same as without the interruption.
        on_epoch: called with each checkpoint after it is written.
        on_batch: called after every batch, also while reading data, computing features, validating and testing. It
            may raise anything to stop the training.

    Raises:
        UnknownName: no such data set, split, backbone, weights, pipeline or optimiser.
        BadOption: an option does not fit the network or the data.
        DatasetUnavailable: the data set is not on disk and could not be downloaded.
        WeightsUnavailable: the pretrained weights are not on disk and could not be downloaded.
        TrainingDiverged: the loss is not a number.
        UnreadableCheckpoint: ``resume`` is not a checkpoint of such a training.
        MlError: no usable images.
    """
    return _Training(options, on_batch, features or NoFeatureStore()).run(directory, resume, on_epoch)


class _Training:
    """One run: its options, callbacks and progress."""

    def __init__(self, options: TrainingOptions, on_batch: OnBatch, features: FeatureStore) -> None:
        self.options = options
        self.on_batch = on_batch
        self.description = describe_dataset(options)
        self.data = TrainingData(options, self.description, self._reporter)
        self.features = FrozenFeatures(self.data, features)
        self.history: History = ()
        self.phase: PhaseName = "head"
        self.states = KeptStates(averaged=options.fine_tune.average_last)

    def run(self, directory: Path, resume: Checkpoint | None, on_epoch: OnEpoch) -> TrainingResult:
        check_options(self.data, self.features)
        state = self._resume(resume) if resume else None
        for name, epochs in self.options.phases:
            self.phase = name
            if is_over(self.history, name, epochs=epochs, patience=self.options.patience):
                continue
            going_on = state if state is not None and state.phase == name else None
            phase = self._enter(name, going_on.arithmetic if going_on else None)
            if going_on is not None:
                phase.restore(going_on)
            while not is_over(self.history, name, epochs=epochs, patience=self.options.patience):
                phase = self._resized(phase)
                self._advance(phase, directory, on_epoch)
        return self._result()

    def _resume(self, checkpoint: Checkpoint) -> TrainingState:
        self.history = checkpoint.history
        return self.states.resume(checkpoint)

    def _enter(self, name: PhaseName, arithmetic: Arithmetic | None) -> Phase:
        if name == "head":
            return head_phase(self.data, self.features)
        best_path = self.states.best_path
        start = read_state(best_path) if best_path and name == "fine_tune" else None
        start = start if start is not None and start.phase == "head" else None
        size = self._view_size(name)
        return image_phase(name, self.data, features=self.features, start=start, arithmetic=arithmetic, view_size=size)

    def _view_size(self, name: PhaseName) -> int:
        """Side of the training views in the next epoch of this phase, in pixels."""
        options, done = self.options, sum(metrics.phase == name for metrics in self.history)
        size = options.view_size
        return options.fine_tune.view_size(done + 1, size) if name == "fine_tune" else size

    def _resized(self, phase: Phase) -> Phase:
        """The phase, or where the next epoch has views of another size, one for these that goes on from it."""
        if not isinstance(phase, ImagePhase) or phase.options.view_size == self._view_size(phase.name):
            return phase
        state = phase.state(len(self.history))
        larger = self._enter(phase.name, state.arithmetic)
        larger.restore(state)
        return larger

    def _advance(self, phase: Phase, directory: Path, on_epoch: OnEpoch) -> None:
        """Train one epoch, validate it, and write the checkpoint."""
        metrics = self._epoch(phase, len(self.history) + 1)
        self.history = (*self.history, metrics)
        path = directory / f"epoch-{metrics.epoch:04d}.npz"
        write_state(phase.state(metrics.epoch), path)
        before = {*self.states.paths, directory / f"epoch-{metrics.epoch - 1:04d}.npz"}
        on_epoch(self.states.add(path, self.history))
        for old in before - {path, *self.states.paths}:
            if old.parent == directory:
                old.unlink(missing_ok=True)

    def _epoch(self, phase: Phase, epoch: int) -> EpochMetrics:
        started_at = time.monotonic()
        learning = self._reporter("training", phase.steps, epoch=epoch)

        def learnt(step: int, images: int, loss: float, accuracy: float) -> None:
            learning.report(step, images, loss=loss, accuracy=accuracy)

        learning.report(0, 0)
        loss, accuracy = phase.learn(epoch, learnt)
        _require_finite(loss, "loss", epoch)
        validated = self._validated(phase, epoch, loss=loss, accuracy=accuracy)
        return EpochMetrics(
            epoch,
            loss,
            accuracy,
            validated.loss if validated else None,
            validated.accuracy if validated else None,
            time.monotonic() - started_at,
            phase.name,
            learning_rate=phase.learning_rate(),
        )

    def _validated(self, phase: Phase, epoch: int, *, loss: float, accuracy: float) -> Evaluation | None:
        split = self.options.validation_split
        validating = self._reporter("validating", self.data.size(split) if split else 0, epoch=epoch)
        validated = phase.evaluate(lambda images: validating.report(images, images, loss=loss, accuracy=accuracy))
        if validated is not None:
            _require_finite(validated.loss, "validation loss", epoch)
        return validated

    def _result(self) -> TrainingResult:
        options = self.options
        best, path = self.states.best, self.states.best_path
        if best is None or path is None:
            raise MlError(f"epochs is {options.epochs}: train for 1 or more")
        state, mean = self._published(best, path)
        finished = finish(state, self.data, self.features)
        tested = finished.tested
        return TrainingResult(
            model=finished.model,
            history=self.history,
            best_epoch=best.epoch,
            mean=mean,
            calibration=finished.calibration,
            test_accuracy=tested.accuracy if tested else None,
            test_loss=tested.loss if tested else None,
            train_images=self.data.usable(options.train_split),
            validation_images=self.data.usable(options.validation_split) if options.validation_split else 0,
            test_images=tested.images if tested else 0,
            class_names=self.description.class_names,
            feature_layer=feature_layer_name(options.backbone),
            arithmetic=state.arithmetic,
            skipped=self.data.skipped,
        )

    def _published(self, best: EpochMetrics, path: Path) -> tuple[TrainingState, EpochMean | None]:
        """What is published: the best epoch, or the mean of the last ones."""
        paths = self.states.last_paths
        epochs = last_epochs(self.history, paths, most=self.options.fine_tune.average_last)
        if len(epochs) < FEWEST:
            return read_state(path), None
        mean, state = best_mean(paths, epochs, best=best, data=self.data)
        return (state if mean.published else read_state(path)), mean

    def _reporter(self, activity: Activity, steps: int, *, epoch: int | None = None) -> Reporter:
        number = len(self.history) if epoch is None else epoch
        return Reporter(self.on_batch, activity, steps, self.options.total_epochs, number, self.phase)


def _require_finite(loss: float, what: str, epoch: int) -> None:
    if not math.isfinite(loss):
        raise TrainingDiverged(f"the {what} of epoch {epoch} is {loss}: choose a smaller learning_rate")
