"""What may be said about a model that is imported."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest

from jobs.specs.import_spec import PREPROCESSING_NAMES
from ml.models.backbones import preprocessing_named
from tests.unit.ml.models.importing.foreign_models import (
    SIZE,
    any_size,
    build,
    imported,
    nested_sequential,
    pictures,
)


def test_a_model_of_any_size_takes_the_size_that_is_asked_for(tmp_path: Path) -> None:
    model = build(any_size)
    flat, found = imported(model, tmp_path, image_size=48)
    assert (found.image.height, found.image.width) == (48, 48)
    assert flat.inputs[0].shape == (None, 48, 48, 3)


@pytest.mark.parametrize(
    ("name", "reference"),
    [
        ("zero_to_one", lambda x: x / 255),
        ("minus_one_to_one", lambda x: keras.applications.imagenet_utils.preprocess_input(x.copy(), mode="tf")),
        ("caffe", lambda x: keras.applications.imagenet_utils.preprocess_input(x.copy(), mode="caffe")),
        ("torch", lambda x: keras.applications.imagenet_utils.preprocess_input(x.copy(), mode="torch")),
        ("ResNet50", lambda x: keras.applications.resnet.preprocess_input(x.copy())),
        ("none", lambda x: x),
    ],
)
def test_preprocessing_becomes_part_of_the_graph(name: str, reference: Callable[[Any], Any], tmp_path: Path) -> None:
    model = build(any_size)
    flat, _ = imported(model, tmp_path, image_size=SIZE, preprocessing=name)
    images = pictures().astype(np.float32)
    np.testing.assert_allclose(np.asarray(flat(images)), np.asarray(model(reference(images))), rtol=1e-3, atol=1e-4)


def test_a_named_feature_layer_is_taken(tmp_path: Path) -> None:
    _, found = imported(build(nested_sequential), tmp_path, feature_layer="relu")
    assert found.feature_layer == "relu"


def test_every_preprocessing_is_an_option_that_users_may_name() -> None:
    for name in PREPROCESSING_NAMES:
        assert callable(preprocessing_named(name))
