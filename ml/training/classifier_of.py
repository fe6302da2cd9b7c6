"""Builds the classifier of a training from its options."""

from __future__ import annotations

import keras

from ml.models.classifier import pooled_features, with_head
from ml.training.options import TrainingOptions


def classifier_for(
    options: TrainingOptions, num_classes: int, *, image_size: int, weights: str, dropout: float | None = None
) -> keras.Model:
    """Build the classifier for images of a given size; see ``build_classifier``. ``dropout`` None: the options'."""
    keras.utils.set_random_seed(options.seed)
    pooled = pooled_features(options.backbone, image_size=image_size, weights=weights, weights_dir=options.weights_dir)
    share = options.dropout if dropout is None else dropout
    return with_head(pooled, num_classes=num_classes, dropout=share, seed=options.seed)
