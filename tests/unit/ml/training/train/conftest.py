"""Small trainings, whole ones and ones that are killed after an epoch."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest

from ml.data.datasets import read
from ml.training import training_data
from ml.training.augmentation.mixing import Mixing
from ml.training.options import FineTuneOptions, TrainingOptions
from ml.training.train import TrainingResult, train

FINE_TUNE = FineTuneOptions(learning_rate=1e-3, epochs=2, layers="all", warmup_epochs=1)
FINE_TUNED: dict[str, Any] = {"epochs": 2, "fine_tune": FINE_TUNE}
VARIED: dict[str, Any] = {"pipeline": "augmented", "mixing": Mixing("both"), "ema_decay": 0.9, "label_smoothing": 0.1}


def run(options: TrainingOptions, folder: Path, **more: Any) -> TrainingResult:
    folder.mkdir(exist_ok=True)
    return train(options, directory=folder, **{"on_epoch": lambda _: None, "on_batch": lambda _: None, **more})


def assert_same(one: TrainingResult, other: TrainingResult) -> None:
    assert [metrics.epoch for metrics in one.history] == [metrics.epoch for metrics in other.history]
    for a, b in zip(one.history, other.history, strict=True):
        np.testing.assert_allclose(
            [a.loss, a.validation_loss or 0, a.learning_rate or 0],
            [b.loss, b.validation_loss or 0, b.learning_rate or 0],
            rtol=1e-3,
        )
    for x, y in zip(one.model.get_weights(), other.model.get_weights(), strict=True):
        np.testing.assert_allclose(x, y, atol=1e-4)


LAST: dict[str, Any] = {"epochs": 2, "fine_tune": replace(FINE_TUNE, layers=2, epochs=3), "dropout": 0.0}


def relabelled(monkeypatch: pytest.MonkeyPatch, label: Any) -> None:
    def reader(*args: Any, **options: Any) -> Any:
        return (replace(example, label=label(example)) for example in read(*args, **options))

    monkeypatch.setattr(training_data, "read", reader)


def residual_network(inputs: Any, weights: str | None) -> Any:
    """Two blocks, of which the second has a shortcut of its own."""
    x = keras.layers.Conv2D(8, 3, strides=4, activation="relu", name="conv1")(inputs)
    x = keras.layers.Add(name="add1")([x, keras.layers.Conv2D(8, 3, padding="same", name="conv2")(x)])
    x = keras.layers.ReLU(name="relu1")(x)
    branch = keras.layers.Conv2D(8, 3, padding="same", activation="relu", name="conv3")(x)
    branch = keras.layers.Conv2D(16, 3, padding="same", name="conv4")(branch)
    x = keras.layers.ReLU(name="last_relu")(
        keras.layers.Add(name="add2")([branch, keras.layers.Conv2D(16, 1, name="short")(x)])
    )
    network = keras.Model(keras.utils.get_source_inputs(x), x)
    if weights is not None:
        rng = np.random.default_rng(1)
        network.set_weights([rng.normal(0, 0.2, w.shape) for w in network.get_weights()])
    return network
