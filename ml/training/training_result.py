"""What a training leaves: a model, how it came about, and what was measured of it."""

from __future__ import annotations

from dataclasses import dataclass

import keras

from ml.training.history import History
from ml.training.precision import Arithmetic
from ml.training.states.epoch_mean import EpochMean
from ml.training.temperature import Calibration


@dataclass(frozen=True, eq=False)
class TrainingResult:
    """A trained model and its results.

    Attributes:
        model: of the best epoch, or of the mean of the last ones; raw RGB 0..255 in, logits out.
        best_epoch: counted from 1 through all phases.
        mean: of the weights after the last epochs, published or not; None where none was made.
        calibration: None where the options leave it out.
        test_accuracy: None where there is no test split.
        test_loss: of the calibrated model.
        feature_layer: the last spatial activation, which GradCAM explains by default.
        arithmetic: the precision of the published epoch.
        skipped: image id and reason for each image that could not be used, in any split.
    """

    model: keras.Model
    history: History
    best_epoch: int
    mean: EpochMean | None
    calibration: Calibration | None
    test_accuracy: float | None
    test_loss: float | None
    train_images: int
    validation_images: int
    test_images: int
    class_names: tuple[str, ...]
    feature_layer: str
    arithmetic: Arithmetic
    skipped: tuple[tuple[str, str], ...]
