"""Builds the final model of a training from a checkpoint: centred, calibrated on validation images and tested once."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import keras
import numpy as np
from numpy.typing import NDArray

from ml.data.batches import Batch, LabelledArrays, batches
from ml.evaluation.accuracy import Evaluation, Predict, evaluate, logits_and_labels, predict_function
from ml.models.centred_head import centre_logits
from ml.models.classifier import LOGITS, with_head
from ml.training.checkpoint import TrainingState, assign, read_state
from ml.training.classifier_of import classifier_for
from ml.training.frozen_backbone import frozen_backbone
from ml.training.frozen_features import FrozenFeatures
from ml.training.head_phase import EVALUATION_ROWS
from ml.training.options import TrainingOptions
from ml.training.progress import Activity
from ml.training.temperature import Calibration, divide_logits, fit_temperature
from ml.training.training_data import TrainingData, describe_dataset


def model_from_checkpoint(options: TrainingOptions, checkpoint: Path) -> keras.Model:
    """Build the model whose weights a checkpoint holds, its logits centred.

    Raises:
        UnreadableCheckpoint: it is not a checkpoint of such a training.
    """
    model = model_from_state(read_state(checkpoint), options, len(describe_dataset(options).class_names))
    centre_logits(model)
    return model


def model_from_state(state: TrainingState, options: TrainingOptions, num_classes: int) -> keras.Model:
    """Build the model with the weights of a state; after the head phase it shares the frozen backbone's layers.

    Raises:
        UnreadableCheckpoint: the weights do not fit.
    """
    if state.phase != "head":
        model = classifier_for(options, num_classes, image_size=options.image_size, weights="none")
        assign(model.weights, state.model, what="weights")
        return model
    backbone = frozen_backbone(
        options.backbone, image_size=options.image_size, weights=options.weights, weights_dir=options.weights_dir
    )
    model = with_head(backbone.model, num_classes=num_classes, dropout=options.dropout, seed=options.seed)
    assign(model.get_layer(LOGITS).trainable_variables, state.model, what="head")
    return model


@dataclass(frozen=True, eq=False)
class FinishedModel:
    """A model and its results; ``calibration`` and ``tested`` are None where the options leave them out."""

    model: keras.Model
    calibration: Calibration | None
    tested: Evaluation | None


def finish(state: TrainingState, data: TrainingData, features: FrozenFeatures) -> FinishedModel:
    """Build, centre, calibrate and test the model of a state: of the best epoch, or of a mean of epochs.

    Raises:
        UnreadableCheckpoint: the weights do not fit.
        MlError: no usable images.
    """
    options = data.options
    model = model_from_state(state, options, len(data.description.class_names))
    centre_logits(model)
    predict = _head_alone(model) if state.phase == "head" else predict_function(model)

    def inputs_of(split: str, activity: Activity) -> Iterable[Batch]:
        if state.phase != "head":
            return data.stream(split, activity)
        known = features.original_features(split, activity)
        return batches(LabelledArrays(known.values, known.labels), EVALUATION_ROWS)

    calibration = None
    if options.validation_split is None:
        divide_logits(model, options.temperature or 1.0)
    elif options.calibrate:
        parts = list(logits_and_labels(predict, inputs_of(options.validation_split, "calibrating")))
        logits, labels = (np.concatenate(column) for column in zip(*parts, strict=True))
        calibration = fit_temperature(logits, labels)
        divide_logits(model, calibration.temperature)
    tested = None
    if options.test_split is not None:
        tested = evaluate(predict, inputs_of(options.test_split, "testing"))
    return FinishedModel(model, calibration, tested)


def _head_alone(model: keras.Model) -> Predict:
    """The head as a function of pooled features; it uses the weights at the time of the call."""
    layer = model.get_layer(LOGITS)

    def predict(pooled: NDArray[np.float32]) -> NDArray[np.float32]:
        kernel, bias = layer.get_weights()
        answer: NDArray[np.float32] = pooled @ kernel + bias
        return answer

    return predict
