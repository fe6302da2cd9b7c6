"""Builds the phases of a training, each with the data that it is trained on."""

from __future__ import annotations

from dataclasses import replace
from math import prod

import numpy as np
from numpy.typing import NDArray

from ml.data.batches import LabelledArrays
from ml.models.layer_graph import cut_before
from ml.training.checkpoint import TrainingState
from ml.training.folds import check_folds, fewest_learnt
from ml.training.frozen_features import FrozenFeatures
from ml.training.head_phase import HeadPhase
from ml.training.image_phase import ImagePhase, Splits
from ml.training.input_pipeline import FeaturePipeline
from ml.training.learning_layers import backbone_layers, first_trainable
from ml.training.learning_step import class_weights
from ml.training.options import ALL_LAYERS
from ml.training.precision import Arithmetic
from ml.training.progress import PhaseName
from ml.training.stochastic_depth import check_stochastic_depth
from ml.training.training_data import TrainingData, check_training_labels, require_a_batch

CACHED_FEATURES_LIMIT_BYTES = 2 * 2**30
"""Fine-tuning whose features would need more memory is trained on images instead."""


def check_options(data: TrainingData, features: FrozenFeatures) -> None:
    """Check the options against the data and the backbone before anything is computed.

    Raises:
        BadOption: a batch is larger than the split, ``fine_tune.layers`` does not fit the backbone, there is no branch
            that ``fine_tune.stochastic_depth`` could leave out, or a class has fewer images than there are folds.
    """
    options = data.options
    require_a_batch(options, data.size(options.train_split), "images")
    if options.folds:
        counts = data.fold_counts(options.train_split)
        check_folds(options.folds, counts, data.description.class_names)
        require_a_batch(options, fewest_learnt(counts), "images that the largest fold leaves")
    if options.fine_tune.epochs:
        first_trainable(features.backbone().model, options.fine_tune.layers)
        check_stochastic_depth(features.backbone().model, options.fine_tune)


def head_phase(data: TrainingData, features: FrozenFeatures) -> HeadPhase:
    """The phase that trains the head on features of the frozen backbone.

    Raises:
        BadOption: the training images do not fit the options.
    """
    options = data.options
    training = features.training_features(options.train_split)
    images = len(training) // features.views
    check_training_labels(options, data.description, training.labels[:images])
    classes = len(data.description.class_names)
    validation = features.original_features(options.validation_split) if options.validation_split else None
    return HeadPhase(options, training, validation, images=images, num_classes=classes)


def image_phase(
    name: PhaseName,
    data: TrainingData,
    *,
    features: FrozenFeatures,
    start: TrainingState | None,
    arithmetic: Arithmetic | None,
    view_size: int | None = None,
) -> ImagePhase:
    """The phase that trains the whole network or its last layers; see ``ImagePhase``.

    ``view_size`` is the side of its training views in pixels; None: that of the options.

    Raises:
        BadOption: the training images do not fit the options.
    """
    layer_index = cached_layer(data, features) if name == "fine_tune" else None
    options = replace(data.options, crop_size=view_size or data.options.crop_size)
    splits = _images(data, options.view_size) if layer_index is None else _features(data, features, layer_index)
    classes = len(data.description.class_names)
    return ImagePhase(options, name, splits, num_classes=classes, start=start, arithmetic=arithmetic)


def cached_layer(data: TrainingData, features: FrozenFeatures) -> int | None:
    """The index of the layer whose outputs are computed once and trained on; None: train on images."""
    options = data.options
    layers = options.fine_tune.layers
    if options.fine_tune.learns_from == "images" or layers == ALL_LAYERS or options.fine_tune.crop_sizes:
        return None
    network = features.backbone(options.view_size).model
    layer_index = cut_before(network, backbone_layers(network)[first_trainable(network, layers)].name)
    if layer_index is None:
        return None
    looks = features.views * data.size(options.train_split)
    looks += data.size(options.validation_split) if options.validation_split else 0
    needed = looks * prod(network.layers[layer_index].output.shape[1:]) * np.dtype(np.float32).itemsize
    return layer_index if needed <= CACHED_FEATURES_LIMIT_BYTES else None


def _images(data: TrainingData, view_size: int) -> Splits:
    options = data.options
    labels = data.images(options.train_split).labels
    pipeline = data.pipeline(options.train_split, _weights(data, labels), size=view_size)
    validation = data.images(options.validation_split) if options.validation_split else None
    return Splits(pipeline, validation, len(labels))


def _features(data: TrainingData, features: FrozenFeatures, layer_index: int) -> Splits:
    options = data.options
    training = features.training_features(options.train_split, layer_index=layer_index)
    images = len(training) // features.views
    weights = _weights(data, training.labels[:images])
    pipeline = FeaturePipeline(training, images, weights)
    if options.validation_split is None:
        return Splits(pipeline, None, images, layer_index)
    validation = features.original_features(options.validation_split, layer_index=layer_index)
    return Splits(pipeline, LabelledArrays(validation.values, validation.labels), images, layer_index)


def _weights(data: TrainingData, labels: NDArray[np.int32]) -> NDArray[np.float32]:
    check_training_labels(data.options, data.description, labels)
    return class_weights(labels, len(data.description.class_names), data.options.class_weights)
