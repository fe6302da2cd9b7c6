from __future__ import annotations

from typing import Any

import keras
import numpy as np
import pytest

from jobs import spec_values
from ml.backbones import BACKBONES
from ml.classifier import build_classifier

SIZE = 64
ONE_PER_FAMILY = ("ResNet50", "ResNet50V2", "MobileNetV2", "MobileNetV3Small", "EfficientNetV2B0", "ConvNeXtTiny")
KERAS_PREPROCESSING: dict[str, Any] = {
    "ResNet": keras.applications.resnet,
    "ResNetV2": keras.applications.resnet_v2,
    "MobileNetV2": keras.applications.mobilenet_v2,
    "DenseNet": keras.applications.densenet,
}


def family_of(name: str) -> str:
    return {"ResNet50": "ResNet", "ResNet50V2": "ResNetV2", "DenseNet121": "DenseNet"}.get(name, name)


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


@pytest.mark.parametrize("name", [*ONE_PER_FAMILY, "DenseNet121", "SmallCNN"])
def test_a_network_of_each_family_ends_in_its_named_spatial_activation(name: str, images: Any) -> None:
    model = build_classifier(name, num_classes=3, image_size=SIZE, weights="none")
    layer = model.get_layer(BACKBONES[name].feature_layer)
    following = model.layers[model.layers.index(layer) + 1 :]
    assert [type(one).__name__ for one in following] == ["GlobalAveragePooling2D", "Dropout", "Dense"]
    assert len(layer.output.shape) == 4
    assert np.isfinite(np.asarray(model(images))).all()


@pytest.mark.parametrize("name", ["ResNet50", "ResNet50V2", "MobileNetV2", "DenseNet121"])
def test_preprocessing_is_what_keras_does_for_this_network(name: str, images: Any) -> None:
    image = keras.Input((SIZE, SIZE, 3))
    model = keras.Model(image, BACKBONES[name].preprocess(image))
    expected = KERAS_PREPROCESSING[family_of(name)].preprocess_input(images.copy())
    np.testing.assert_allclose(model(images), expected, atol=1e-4)


def test_the_name_of_the_last_activation_does_not_depend_on_what_was_built_before() -> None:
    names = {build_classifier("MobileNetV3Small", num_classes=3, image_size=SIZE, weights="none").layers[-4].name}
    names.add(build_classifier("MobileNetV3Small", num_classes=3, image_size=SIZE, weights="none").layers[-4].name)
    assert names == {BACKBONES["MobileNetV3Small"].feature_layer}
