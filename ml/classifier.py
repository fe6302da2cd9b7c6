"""Builds image classifiers: raw RGB in, logits out, one flat graph."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import keras

from ml.backbones import IMAGENET, backbone_named, feature_layer_name, features

__all__ = ["DROPOUT", "INPUT", "LOGITS", "POOLING", "build_classifier", "feature_layer_name", "is_frozen"]

INPUT, POOLING, LOGITS = "image", "pooling", "logits"
DROPOUT = 0.2


def build_classifier(
    backbone: str,
    *,
    num_classes: int,
    image_size: int,
    weights: str,
    weights_dir: str | Path | None = None,
    seed: int = 0,
) -> keras.Model:
    """Preprocessing, backbone, global average pooling, dropout and one dense layer of logits.

    The input is (N, image_size, image_size, 3) float32, RGB, 0..255; the output is (N, num_classes) float32 logits.
    A backbone with ImageNet weights is frozen, batch normalisation included; from scratch everything is trained.

    Args:
        backbone: a name of ``ml.backbones.BACKBONES``.
        num_classes: logits per image.
        image_size: side of the input in pixels.
        weights: ``imagenet`` or ``none``.
        weights_dir: folder that may hold the published weight files.
        seed: of all initial weights.

    Raises:
        UnknownName: no such backbone, or no such weights for it.
        WeightsUnavailable: the weights are neither in ``weights_dir`` nor to be downloaded.
    """
    keras.utils.set_random_seed(seed)
    image = keras.Input((image_size, image_size, 3), dtype="float32", name=INPUT)
    spatial = features(backbone_named(backbone), image, weights=weights, weights_dir=weights_dir)
    if weights == IMAGENET:
        _freeze(keras.Model(image, spatial))
    pooled = keras.layers.GlobalAveragePooling2D(name=POOLING)(spatial)
    dropped = keras.layers.Dropout(DROPOUT, seed=seed, name="dropout")(pooled)
    logits = keras.layers.Dense(num_classes, dtype="float32", name=LOGITS)(dropped)
    return keras.Model(image, logits, name=backbone)


def is_frozen(model: keras.Model) -> bool:
    """Whether only the dense layer on top learns, so that pooled features never change."""
    return bool(len(model.trainable_variables) == len(model.get_layer(LOGITS).trainable_variables))


def _freeze(base: Any) -> None:
    for layer in base.layers:
        layer.trainable = False
