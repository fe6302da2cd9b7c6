from __future__ import annotations

from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest

from jobs.specs import spec_values
from ml.errors import UnknownName, WeightsUnavailable
from ml.models.backbones import BACKBONES, backbone_named
from ml.models.classifier import LOGITS, POOLING, build_classifier
from ml.models.saved_model import load_model, save_model

SIZE, CLASSES = 64, 3
FAMILIES = {
    "ResNet": "resnet",
    "MobileNetV2": "mobilenet_v2",
    "MobileNetV3": "mobilenet_v3",
    "EfficientNetV2": "efficientnet_v2",
    "ConvNeXt": "convnext",
    "DenseNet": "densenet",
}
ONE_EACH = ("ResNet50", "ResNet50V2", "MobileNetV2", "EfficientNetV2B0", "DenseNet121")
NUMBERED = ("MobileNetV3", "ConvNeXt")
"""Keras gives the last activation of these another name each time, and some of theirs dip below zero."""
IMAGES = np.random.default_rng(0).integers(0, 256, (2, SIZE, SIZE, 3)).astype(np.float32)


def official(name: str) -> Any:
    """What Keras wants the images of a network to go through."""
    if name.startswith("ResNet") and name.endswith("V2"):
        return keras.applications.resnet_v2.preprocess_input(IMAGES.copy())
    family = next(family for prefix, family in FAMILIES.items() if name.startswith(prefix))
    return getattr(keras.applications, family).preprocess_input(IMAGES.copy())


def built(name: str) -> Any:
    return build_classifier(name, num_classes=CLASSES, image_size=SIZE, weights="none", seed=1)


def test_the_specification_names_the_networks_of_the_table_in_its_order() -> None:
    assert tuple(BACKBONES) == spec_values.BACKBONES
    assert tuple(name for name, one in BACKBONES.items() if one.weights_file) == spec_values.PRETRAINED


def test_each_pretrained_network_has_a_weight_file_of_its_own() -> None:
    files = [one.weights_file for one in BACKBONES.values() if one.weights_file]
    assert len(set(files)) == len(files)
    assert all(file.endswith(".h5") for file in files)


SAME_BUT_LARGER = {
    **{f"ResNet{depth}{version}": f"ResNet50{version}" for depth in (101, 152) for version in ("", "V2")},
    **{f"EfficientNetV2{size}": "EfficientNetV2B0" for size in ("B1", "B2", "B3", "S", "M", "L")},
    **{f"ConvNeXt{size}": "ConvNeXtTiny" for size in ("Small", "Base")},
    **{f"DenseNet{depth}": "DenseNet121" for depth in (169, 201)},
}
"""Keras makes them of the same layers as the smaller one, but of more, and building all takes most of a minute."""
BUILT = [name for name in BACKBONES if name not in SAME_BUT_LARGER]


@pytest.fixture(scope="module")
def model(name: str) -> Any:
    """Built once for all that is asked of it."""
    return built(name)


@pytest.mark.parametrize(("larger", "smaller"), SAME_BUT_LARGER.items())
def test_a_larger_network_of_the_same_layers_is_explained_at_the_same_one(larger: str, smaller: str) -> None:
    assert BACKBONES[larger].feature_layer == BACKBONES[smaller].feature_layer


class Called(Exception):
    """Raised in place of building a network."""


@pytest.mark.parametrize("name", SAME_BUT_LARGER)
def test_a_larger_network_is_the_one_that_keras_calls_so(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    def called(**options: Any) -> None:
        raise Called(options["include_top"], options["weights"])

    assert getattr(keras.applications, name).__name__ == name
    monkeypatch.setattr(keras.applications, name, called)
    with pytest.raises(Called) as of_keras:
        BACKBONES[name].network(keras.Input((SIZE, SIZE, 3)), "a file")
    assert of_keras.value.args == (False, "a file")


@pytest.mark.parametrize("name", BUILT, scope="module")
def test_the_layer_explained_by_default_is_the_last_spatial_activation(model: Any, name: str) -> None:
    layers = [layer.name for layer in model.layers]
    assert layers.index(BACKBONES[name].feature_layer) + 1 == layers.index("pooling")


@pytest.mark.parametrize("name", BUILT, scope="module")
def test_it_builds_and_its_feature_layer_is_the_last_spatial_activation(model: Any, name: str) -> None:
    assert model.output_shape == (None, CLASSES)
    if not name.startswith("ConvNeXt"):  # its stem and what shrinks between its stages are small models of their own
        assert not any(isinstance(layer, keras.Model) for layer in model.layers), "the graph is flat"
    features = model.get_layer(backbone_named(name).feature_layer)
    assert model.get_layer(POOLING).input is features.output
    assert features.output.shape[1:3] == ((8, 8) if name == "SmallCNN" else (2, 2))
    reader = keras.Model(model.input, [features.output, model.output])
    activation, logits = (np.asarray(part) for part in reader(IMAGES, training=False))
    if not name.startswith(NUMBERED):
        assert activation.min() >= (-0.3 if name.startswith("EfficientNet") else 0)  # swish dips to −0.28
    dense = model.get_layer(LOGITS)
    by_hand = activation.mean(axis=(1, 2)) @ np.asarray(dense.kernel) + np.asarray(dense.bias)
    np.testing.assert_allclose(logits, by_hand, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("name", spec_values.PRETRAINED)
def test_preprocessing_is_the_backbones_own(name: str) -> None:
    image = keras.Input((SIZE, SIZE, 3))
    preprocessed = keras.layers.Identity()(backbone_named(name).preprocess(image))
    ours = keras.Model(image, preprocessed)(IMAGES)
    np.testing.assert_allclose(np.asarray(ours), official(name), atol=1e-4)


@pytest.mark.parametrize("name", ONE_EACH)
def test_preprocessing_travels_with_the_saved_model(name: str, tmp_path: Path) -> None:
    image, path = keras.Input((SIZE, SIZE, 3)), tmp_path / "model.keras"
    save_model(keras.Model(image, keras.layers.Identity()(backbone_named(name).preprocess(image))), path)
    np.testing.assert_allclose(np.asarray(load_model(path)(IMAGES)), official(name), atol=1e-4)


def test_the_seed_fixes_the_initial_weights() -> None:
    one, same = (built("SmallCNN").get_weights() for _ in range(2))
    assert all(np.array_equal(left, right) for left, right in zip(one, same, strict=True))


def test_an_unknown_backbone_is_refused_with_those_there_are() -> None:
    with pytest.raises(UnknownName, match=r"no backbone 'ResNet51': there are ResNet50, .*SmallCNN"):
        built("ResNet51")


@pytest.mark.parametrize(("name", "offered"), [("SmallCNN", "there is none"), ("ResNet50", "imagenet and none")])
def test_unknown_weights_are_refused_with_those_there_are(name: str, offered: str) -> None:
    with pytest.raises(UnknownName, match=offered):
        build_classifier(name, num_classes=CLASSES, image_size=SIZE, weights="places")


def test_weights_that_cannot_be_had_are_named_with_the_folder_to_put_them_in(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_network(*_: Any, **__: Any) -> str:
        raise Exception("URL fetch failure: no route to host")  # what Keras raises

    monkeypatch.setattr(keras.utils, "get_file", no_network)
    with pytest.raises(WeightsUnavailable, match=r"no_top\.h5 into a folder and set FLORESCOPE_WEIGHTS_DIR") as error:
        build_classifier("MobileNetV2", num_classes=2, image_size=SIZE, weights="imagenet", weights_dir=tmp_path)
    assert str(tmp_path) in str(error.value)


def test_a_damaged_weights_file_is_named(tmp_path: Path) -> None:
    file = tmp_path / str(backbone_named("MobileNetV2").weights_file)
    file.write_bytes(b"half a file")
    with pytest.raises(WeightsUnavailable, match=r"FLORESCOPE_WEIGHTS_DIR\) cannot be used") as error:
        build_classifier("MobileNetV2", num_classes=2, image_size=SIZE, weights="imagenet", weights_dir=tmp_path)
    assert str(file) in str(error.value)


def test_the_name_of_the_last_activation_does_not_depend_on_what_was_built_before() -> None:
    names = {build_classifier("MobileNetV3Small", num_classes=3, image_size=SIZE, weights="none").layers[-4].name}
    names.add(build_classifier("MobileNetV3Small", num_classes=3, image_size=SIZE, weights="none").layers[-4].name)
    assert names == {BACKBONES["MobileNetV3Small"].feature_layer}
