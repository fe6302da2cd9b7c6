"""SmallCNN with two of its five blocks: all that a training does, it does with them in two thirds of the time."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import keras
import pytest

from ml.models import backbones


def make_small_cnn_shallow(monkeypatch: pytest.MonkeyPatch) -> None:
    """Build SmallCNN of its last two blocks; the layer that is explained has its usual name."""
    shallow = replace(backbones.BACKBONES["SmallCNN"], network=_two_blocks)
    monkeypatch.setattr(backbones, "BACKBONES", {**backbones.BACKBONES, "SmallCNN": shallow})


def _two_blocks(inputs: Any, weights: str | None) -> Any:
    del weights
    x = inputs
    for name, filters, strides in (("block4", 16, 4), ("block5", 32, 2)):
        conv = keras.layers.Conv2D(filters, 3, strides=strides, padding="same", use_bias=False, name=f"{name}_conv")
        x = keras.layers.BatchNormalization(momentum=0.9, name=f"{name}_bn")(conv(x))
        x = keras.layers.ReLU(name=f"{name}_relu")(x)
    return keras.Model(keras.utils.get_source_inputs(x), x, name="small_cnn")
