"""Builds image classifiers: raw RGB in, logits out, one flat graph."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import keras

from ml.models.backbones import backbone_named, feature_layer_name, features

__all__ = [
    "DROPOUT",
    "INPUT",
    "LOGITS",
    "POOLING",
    "build_classifier",
    "build_head",
    "feature_layer_name",
    "with_head",
]

INPUT, POOLING, DROPOUT, LOGITS = "image", "pooling", "dropout", "logits"
DEFAULT_DROPOUT = 0.2


def build_classifier(
    backbone: str,
    *,
    num_classes: int,
    image_size: int,
    weights: str,
    weights_dir: str | Path | None = None,
    seed: int = 0,
) -> keras.Model:
    """Build preprocessing, backbone, global average pooling, dropout and one dense layer of logits.

    The input is (N, image_size, image_size, 3) float32, RGB, 0..255; the output is (N, num_classes) float32 logits.

    Args:
        backbone: a name of ``ml.models.backbones.BACKBONES``.
        num_classes: logits per image.
        image_size: side of the input in pixels.
        weights: ``imagenet`` or ``none``.
        weights_dir: folder that may hold the published weight files.
        seed: of all initial weights.

    Raises:
        UnknownName: no such backbone, or no such weights for it.
        WeightsUnavailable: the weights are not in ``weights_dir`` and could not be downloaded.
    """
    keras.utils.set_random_seed(seed)
    pooled = pooled_features(backbone, image_size=image_size, weights=weights, weights_dir=weights_dir)
    return with_head(pooled, num_classes=num_classes, dropout=DEFAULT_DROPOUT, seed=seed)


def pooled_features(
    backbone: str, *, image_size: int, weights: str, weights_dir: str | Path | None = None
) -> keras.Model:
    """The classifier up to its pooling: (N, image_size, image_size, 3) raw RGB to (N, channels) float32."""
    image = keras.Input((image_size, image_size, 3), dtype="float32", name=INPUT)
    spatial = features(backbone_named(backbone), image, weights=weights, weights_dir=weights_dir)
    return keras.Model(image, keras.layers.GlobalAveragePooling2D(name=POOLING)(spatial), name=backbone)


def with_head(pooled: keras.Model, *, num_classes: int, dropout: float, seed: int) -> keras.Model:
    """Add a new head to pooled features; the layers below are shared, not copied."""
    return keras.Model(pooled.input, _logits(pooled.output, num_classes, dropout, seed), name=pooled.name)


def build_head(channels: int, *, num_classes: int, dropout: float, seed: int) -> keras.Model:
    """The head alone: (N, channels) float32 pooled features to (N, num_classes) logits."""
    keras.utils.set_random_seed(seed)
    pooled = keras.Input((channels,), dtype="float32", name="features")
    return keras.Model(pooled, _logits(pooled, num_classes, dropout, seed), name="head")


def _logits(pooled: Any, num_classes: int, dropout: float, seed: int) -> Any:
    dropped = keras.layers.Dropout(dropout, seed=seed, name=DROPOUT)(pooled)
    initial = keras.initializers.GlorotUniform(seed=seed)
    return keras.layers.Dense(num_classes, kernel_initializer=initial, dtype="float32", name=LOGITS)(dropped)
