"""The classifier that a training asks for."""

from __future__ import annotations

import keras

from ml.models.classifier import pooled_features, with_head
from ml.training.options import TrainingOptions


def classifier_for(options: TrainingOptions, num_classes: int, *, image_size: int, weights: str) -> keras.Model:
    """The classifier that a training asks for, for images of some size; see ``build_classifier``."""
    keras.utils.set_random_seed(options.seed)
    pooled = pooled_features(options.backbone, image_size=image_size, weights=weights, weights_dir=options.weights_dir)
    return with_head(pooled, num_classes=num_classes, dropout=options.dropout, seed=options.seed)
