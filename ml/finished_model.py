"""What becomes of the best epoch: a whole model, calibrated on validation images, then tested once."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import keras
import numpy as np
from numpy.typing import NDArray

from ml.batches import Batch, Labelled, batches
from ml.checkpoint import TrainingState
from ml.classifier import LOGITS
from ml.evaluation import Evaluation, Predict, answers, evaluate, predictor
from ml.frozen_features import FrozenFeatures
from ml.head_phase import EVALUATION_ROWS
from ml.progress import Activity
from ml.temperature import Calibration, divide_logits, fit_temperature
from ml.trained_model import model_in
from ml.training_data import TrainingData


@dataclass(frozen=True, eq=False)
class FinishedModel:
    """A model and what is known of it; ``calibration`` and ``tested`` are None where they were not asked for."""

    model: keras.Model
    calibration: Calibration | None
    tested: Evaluation | None


def finish(state: TrainingState, data: TrainingData, features: FrozenFeatures) -> FinishedModel:
    """Make a model of the state after the best epoch.

    Raises:
        UnreadableCheckpoint: the weights do not fit.
        MlError: no usable images.
    """
    options = data.options
    model = model_in(state, options, len(data.description.class_names))
    predict = _head_alone(model) if state.phase == "head" else predictor(model)

    def look_at(split: str, activity: Activity) -> Iterable[Batch]:
        if state.phase != "head":
            return data.stream(split, activity)
        known = features.plain(split, activity)
        return batches(Labelled(known.seen, known.labels), EVALUATION_ROWS)

    calibration = None
    if options.calibrate:
        shown = list(answers(predict, look_at(options.validation_split, "calibrating")))
        logits, labels = (np.concatenate(column) for column in zip(*shown, strict=True))
        calibration = fit_temperature(logits, labels)
        divide_logits(model, calibration.temperature)
    tested = None
    if options.test_split is not None:
        tested = evaluate(predict, look_at(options.test_split, "testing"))
    return FinishedModel(model, calibration, tested)


def _head_alone(model: keras.Model) -> Predict:
    """The head on pooled features, with the weights that it has when it is called."""
    layer = model.get_layer(LOGITS)

    def predict(pooled: NDArray[np.float32]) -> NDArray[np.float32]:
        kernel, bias = layer.get_weights()
        answer: NDArray[np.float32] = pooled @ kernel + bias
        return answer

    return predict
