"""A model file with which nothing is wrong."""

from __future__ import annotations

from pathlib import Path

import keras
import pytest


@pytest.fixture(scope="session")
def good(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path: Path = tmp_path_factory.mktemp("good") / "good.keras"
    image = keras.Input((8, 8, 3))
    flat = keras.layers.Flatten()(keras.layers.Rescaling(1 / 255, name="scaled")(image))
    model = keras.Model(image, keras.layers.Dense(3, name="last")(flat))
    model.compile("adam", "sparse_categorical_crossentropy")
    model.save(path)
    return path
