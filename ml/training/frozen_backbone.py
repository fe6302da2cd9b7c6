"""Builds frozen pretrained backbones, once per process, shared by all who only need their features."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import keras
import numpy as np

from ml.evaluation.accuracy import Predict, predict_function
from ml.models.classifier import pooled_features

KEPT = 4


@dataclass(frozen=True, eq=False)
class FrozenBackbone:
    """A frozen network that computes pooled features.

    Attributes:
        model: (N, S, S, 3) raw RGB to (N, channels); do not train it, it is shared.
        pool: the same, compiled.
        digest: SHA-256 of its weights, names and shapes.
    """

    model: Any
    pool: Predict
    digest: str


@lru_cache(maxsize=KEPT)
def frozen_backbone(name: str, *, image_size: int, weights: str, weights_dir: str | None) -> FrozenBackbone:
    """Build a backbone for images of one size, or return the one that this process built before.

    Raises:
        UnknownName: no such backbone, or no such weights for it.
        WeightsUnavailable: the weights are not in ``weights_dir`` and could not be downloaded.
    """
    model = pooled_features(name, image_size=image_size, weights=weights, weights_dir=weights_dir)
    model.trainable = False
    return FrozenBackbone(model, predict_function(model), weights_digest(model))


def weights_digest(model: keras.Model) -> str:
    """SHA-256 over the shapes and values of all weights, in order; 64 hexadecimal digits."""
    digest = hashlib.sha256()
    for variable in model.weights:
        array = np.ascontiguousarray(variable.numpy())
        digest.update(f"{array.shape}{array.dtype}".encode())
        digest.update(array.tobytes())
    return digest.hexdigest()
