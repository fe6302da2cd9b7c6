"""A data set and a pretrained network small enough to train in seconds."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest

from ml.models import backbones
from ml.training import frozen_backbone
from ml.training.options import TrainingOptions
from tests.few_flowers import make_flowers_few
from tests.shallow_network import make_small_cnn_shallow

TINY = "TinyNet"


@pytest.fixture
def few_flowers(monkeypatch: pytest.MonkeyPatch) -> None:
    """Drawn flowers, but few, and few layers to learn them."""
    make_flowers_few(monkeypatch)
    make_small_cnn_shallow(monkeypatch)


def _tiny_network(inputs: Any, weights: str | None) -> Any:
    """A network whose "pretrained" weights are the same wherever it is built."""
    x = keras.layers.Conv2D(8, 3, strides=4, name="conv1")(inputs)
    x = keras.layers.BatchNormalization(name="bn1")(x)
    x = keras.layers.ReLU(name="relu1")(x)
    x = keras.layers.Conv2D(16, 3, name="conv2")(x)
    x = keras.layers.ReLU(name="last_relu")(x)
    network = keras.Model(keras.utils.get_source_inputs(x), x)
    if weights is not None:
        rng = np.random.default_rng(1)
        network.set_weights([np.abs(rng.normal(0, 0.3, w.shape)) - 0.1 * (w.ndim > 1) for w in network.get_weights()])
    return network


@pytest.fixture
def tiny_net(monkeypatch: pytest.MonkeyPatch) -> None:
    """A pretrained network of two layers, by the name ``TinyNet``."""
    register_tiny_net(monkeypatch)


def register_tiny_net(monkeypatch: pytest.MonkeyPatch, name: str = TINY, network: Any = _tiny_network) -> None:
    """Add it to the table of networks, or another one that ends with a layer ``last_relu``."""
    small = replace(
        backbones.BACKBONES["SmallCNN"],
        name=name,
        network=network,
        feature_layer="last_relu",
        weights_file="tiny.h5",
    )
    monkeypatch.setattr(backbones, "BACKBONES", {**backbones.BACKBONES, name: small})
    frozen_backbone.frozen_backbone.cache_clear()


def options_for(backbone: str = TINY, **changes: Any) -> TrainingOptions:
    """A short training on few flowers."""
    small = TrainingOptions(
        dataset="synthetic_flowers",
        backbone=backbone,
        weights="imagenet" if backbone == TINY else "none",
        image_size=32,
        epochs=3,
        batch_size=16,
    )
    return replace(small, **changes)


class FolderFeatureStore:
    """Keeps features in a folder and counts what is asked for."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.hits = self.misses = 0

    def get(self, digest: str) -> Path | None:
        path = self.folder / f"{digest}.npz"
        self.hits, self.misses = self.hits + path.exists(), self.misses + (not path.exists())
        return path if path.exists() else None

    def put(self, digest: str, path: Path) -> None:
        (self.folder / f"{digest}.npz").write_bytes(path.read_bytes())
