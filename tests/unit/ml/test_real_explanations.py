"""The explainer on a real network and real flowers."""

from __future__ import annotations

import os
from functools import lru_cache
from pathlib import Path

import keras
import numpy as np
import numpy.typing as npt
import pytest

from ml.classifier import build_classifier
from ml.datasets import read
from ml.explainer import Explainer, ExplainOptions, ImageExplanation
from ml.images import resize
from tests.unit.ml.small_networks import autodiff_gradcam

pytestmark = pytest.mark.real_data

LAYER = "out_relu"


def places() -> tuple[str, str]:
    data, weights = os.environ.get("TFDS_DATA_DIR"), os.environ.get("FLORESCOPE_WEIGHTS_DIR")
    if data and weights and Path(data).is_dir() and Path(weights).is_dir():
        return data, weights
    reason = "set TFDS_DATA_DIR and FLORESCOPE_WEIGHTS_DIR to Flowers102 and the MobileNetV2 weights"
    if os.environ.get("CI"):
        pytest.fail(reason)
    pytest.skip(reason)


@lru_cache
def flowers() -> npt.NDArray[np.uint8]:
    examples = read("oxford_flowers102", "test", stop=2, data_dir=places()[0])
    return np.stack([resize(example.image, 224) for example in examples if example.image is not None])


@lru_cache
def model() -> keras.Model:
    built = build_classifier("MobileNetV2", num_classes=8, image_size=224, weights="imagenet", weights_dir=places()[1])
    kernel = built.get_layer("logits").kernel
    kernel.assign(np.random.default_rng(0).normal(0, 1, kernel.shape))
    return built


@lru_cache
def explained() -> list[ImageExplanation]:
    return Explainer(model(), ExplainOptions(LAYER, batch_size=2, path_batch_size=16)).explain(flowers(), [None, None])


def test_integrated_gradients_reach_the_tolerance() -> None:
    for found in explained():
        explanation = found.methods["integrated_gradients"]
        assert explanation.flags == ()
        assert explanation.metrics["relative_delta"] <= 0.05
        assert explanation.metrics["evaluations"] <= 512


def test_gradcam_equals_plain_autodiff() -> None:
    for image, found in zip(flowers(), explained(), strict=True):
        expected = autodiff_gradcam(model(), image, found.target, layer=LAYER)
        np.testing.assert_allclose(found.class_maps[found.target], expected, atol=1e-5 * expected.max(), rtol=1e-3)
