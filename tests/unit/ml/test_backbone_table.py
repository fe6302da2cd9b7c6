from __future__ import annotations

from typing import Any

import keras
import numpy as np
import pytest

from jobs import spec_values
from ml.backbones import BACKBONES
from ml.classifier import build_classifier

SIZE = 64
FAMILIES = ("MobileNetV3Small", "ConvNeXtTiny", "DenseNet121")
"""Those that the tests of single networks do not build."""


@pytest.fixture(scope="module")
def images() -> Any:
    return np.random.default_rng(0).uniform(0, 255, (2, SIZE, SIZE, 3)).astype(np.float32)


def test_the_specification_names_the_networks_of_the_table_in_its_order() -> None:
    assert tuple(BACKBONES) == spec_values.BACKBONES
    assert tuple(name for name, one in BACKBONES.items() if one.weights_file) == spec_values.PRETRAINED


def test_each_pretrained_network_has_a_weight_file_of_its_own() -> None:
    files = [one.weights_file for one in BACKBONES.values() if one.weights_file]
    assert len(set(files)) == len(files)
    assert all(file.endswith(".h5") for file in files)


@pytest.mark.parametrize("name", FAMILIES)
def test_a_network_of_each_family_ends_in_its_named_spatial_activation(name: str, images: Any) -> None:
    model = build_classifier(name, num_classes=3, image_size=SIZE, weights="none")
    layer = model.get_layer(BACKBONES[name].feature_layer)
    following = model.layers[model.layers.index(layer) + 1 :]
    assert [type(one).__name__ for one in following] == ["GlobalAveragePooling2D", "Dropout", "Dense"]
    assert len(layer.output.shape) == 4
    assert np.isfinite(np.asarray(model(images))).all()


def test_densenet_is_preprocessed_as_keras_does(images: Any) -> None:
    image = keras.Input((SIZE, SIZE, 3))
    model = keras.Model(image, BACKBONES["DenseNet121"].preprocess(image))
    expected = keras.applications.densenet.preprocess_input(images.copy())
    np.testing.assert_allclose(model(images), expected, atol=1e-4)


def test_the_name_of_the_last_activation_does_not_depend_on_what_was_built_before() -> None:
    names = {build_classifier("MobileNetV3Small", num_classes=3, image_size=SIZE, weights="none").layers[-4].name}
    names.add(build_classifier("MobileNetV3Small", num_classes=3, image_size=SIZE, weights="none").layers[-4].name)
    assert names == {BACKBONES["MobileNetV3Small"].feature_layer}
