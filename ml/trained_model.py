"""The whole model that the state of a training stands for."""

from __future__ import annotations

from pathlib import Path

import keras

from ml.checkpoint import TrainingState, assign, read_state
from ml.classifier import LOGITS, classifier_for, with_head
from ml.frozen_backbone import frozen_backbone
from ml.options import TrainingOptions
from ml.training_data import described


def model_of(options: TrainingOptions, checkpoint: Path) -> keras.Model:
    """The model that a checkpoint of such a training holds.

    Raises:
        UnreadableCheckpoint: it is not such a checkpoint.
    """
    return model_in(read_state(checkpoint), options, len(described(options).class_names))


def model_in(state: TrainingState, options: TrainingOptions, num_classes: int) -> keras.Model:
    """The model with the weights of a state; after the head's phase it shares the frozen backbone's layers.

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
