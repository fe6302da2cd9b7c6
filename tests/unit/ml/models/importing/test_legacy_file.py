"""Files of Keras 2 and ``.h5`` files come in exactly, in the same guarded way as ``.keras`` files."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import h5py  # type: ignore[import-untyped]
import keras
import numpy as np
import pytest

from ml.errors import UnusableModel
from ml.models.importing import model_file
from ml.models.importing.file_kind import SAVE_AGAIN
from ml.models.importing.foreign_model import ImportOptions, import_model
from ml.models.importing.model_file import load_untrusted
from tests.unit.ml.models.importing.keras_2 import VERSION, edit_keras, save_h5

SIZE = 32


def teachable_machine(classes: int = 3) -> keras.Model:
    """As Teachable Machine writes it: a Sequential of two, the first around a MobileNet with relu6."""
    image = keras.Input((SIZE, SIZE, 3))
    x = keras.layers.ReLU(max_value=6.0)(
        keras.layers.BatchNormalization()(keras.layers.Conv2D(8, 3, strides=2, use_bias=False)(image))
    )
    x = keras.layers.ReLU(max_value=6.0)(
        keras.layers.BatchNormalization()(keras.layers.DepthwiseConv2D(3, padding="same", use_bias=False)(x))
    )
    network = keras.Model(image, keras.layers.Conv2D(12, 1, activation="relu6")(x), name="network")
    features = keras.Sequential([keras.Input((SIZE, SIZE, 3)), network, keras.layers.GlobalAveragePooling2D()])
    head = keras.Sequential(
        [keras.Input((12,)), keras.layers.Dense(10, "relu"), keras.layers.Dense(classes, "softmax", use_bias=False)]
    )
    return keras.Sequential([keras.Input((SIZE, SIZE, 3)), features, head])


def transfer() -> keras.Model:
    """A functional model with augmentation, preprocessing and a nested, frozen network."""
    inner = keras.Input((SIZE, SIZE, 3))
    network = keras.Model(inner, keras.layers.SeparableConv2D(6, 3, activation="relu")(inner), name="network")
    network.trainable = False
    augmentation = keras.Sequential(
        [keras.Input((SIZE, SIZE, 3)), keras.layers.RandomFlip(), keras.layers.RandomRotation(0.2)], name="augment"
    )
    image = keras.Input((SIZE, SIZE, 3))
    x = network(keras.layers.Rescaling(1 / 255)(augmentation(image)))
    return keras.Model(image, keras.layers.Dense(4, "softmax")(keras.layers.GlobalAveragePooling2D()(x)))


def mnist() -> keras.Model:
    return keras.Sequential(
        [
            keras.Input((28, 28, 1)),
            keras.layers.Conv2D(4, 3, activation="relu"),
            keras.layers.MaxPooling2D(),
            keras.layers.Flatten(),
            keras.layers.Dense(10, "softmax"),
        ]
    )


def normalized() -> keras.Model:
    known = keras.layers.Normalization(mean=[120.0, 110.0, 100.0], variance=[900.0, 800.0, 1000.0])
    adapted = keras.layers.Normalization()
    adapted.adapt(pictures(SIZE, 3))
    layers = [
        keras.Input((SIZE, SIZE, 3)),
        known,
        adapted,
        keras.layers.Conv2D(4, 3),
        keras.layers.GlobalMaxPooling2D(),
        keras.layers.Dense(1, "sigmoid"),
    ]
    return keras.Sequential(layers)


MODELS: list[Callable[[], keras.Model]] = [teachable_machine, transfer, mnist, normalized]


def pictures(size: int, channels: int) -> Any:
    return np.random.default_rng(1).uniform(0, 255, (3, size, size, channels)).astype(np.float32)


def agree(read: keras.Model, model: keras.Model, images: Any) -> None:
    found, expected = (np.asarray(each(images, training=False)) for each in (read, model))
    np.testing.assert_allclose(found, expected, atol=1e-6)


@pytest.mark.parametrize("make", MODELS)
@pytest.mark.parametrize("write", [save_h5, lambda model, path: model.save(path)], ids=["keras 2", "keras 3"])
def test_an_h5_file_computes_what_it_did(make: Callable[[], keras.Model], write: Any, tmp_path: Path) -> None:
    keras.utils.set_random_seed(2)
    model, path = make(), tmp_path / "model.h5"
    write(model, path)
    images = pictures(*model.input_shape[2:])
    agree(load_untrusted(path), model, images)


def test_a_teachable_machine_is_imported_with_its_layer(tmp_path: Path) -> None:
    path = tmp_path / "keras_model.h5"
    save_h5(teachable_machine(), path)
    found = import_model(path, tmp_path / "flat.keras", ImportOptions("minus_one_to_one"))
    assert (found.final_activation, found.num_classes) == ("softmax", 3)
    assert found.feature_layer is not None
    assert found.feature_layer.startswith("conv2d")


def test_hdf5_under_the_name_of_a_keras_file_is_read_as_what_it_is(tmp_path: Path) -> None:
    path = tmp_path / "model.keras"
    save_h5(mnist(), tmp_path / "model.h5")
    (tmp_path / "model.h5").rename(path)
    assert load_untrusted(path).output_shape == (None, 10)


def test_a_keras_file_with_arguments_of_idle_layers_that_are_gone_is_read(tmp_path: Path) -> None:
    model, path = transfer(), tmp_path / "model.keras"

    def old(config: dict[str, Any]) -> None:
        layers = next(each for each in config["config"]["layers"] if each["name"] == "augment")["config"]["layers"]
        next(each for each in layers if each["class_name"] == "RandomRotation")["config"]["value_range"] = [0, 255]

    edit_keras(model, path, old, version="3.4.1")
    images = pictures(SIZE, 3)
    agree(load_untrusted(path), model, images)


def test_an_argument_that_matters_is_refused_with_the_reason_the_version_and_what_mends_it(tmp_path: Path) -> None:
    path = tmp_path / "model.keras"

    def old(config: dict[str, Any]) -> None:
        config["config"]["layers"][1]["config"]["shuffle_groups"] = 7

    edit_keras(mnist(), path, old, version="3.4.1")
    with pytest.raises(UnusableModel) as refused:
        load_untrusted(path)
    message = str(refused.value)
    assert "Unrecognized keyword arguments passed to Conv2D: {'shuffle_groups': 7}" in message
    assert "Keras 3.4.1 wrote the file" in message
    assert SAVE_AGAIN in message


def test_the_command_that_is_told_makes_a_file_that_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    model = transfer()
    model.save("model.keras")
    exec(SAVE_AGAIN, {"keras": keras})  # noqa: S102  (the command is ours)
    images = pictures(SIZE, 3)
    agree(load_untrusted(Path("model.h5")), model, images)


# Hostile and broken files


@pytest.fixture
def good(tmp_path: Path) -> Path:
    path = tmp_path / "good.h5"
    save_h5(mnist(), path)
    return path


def refusal(path: Path) -> str:
    with pytest.raises(UnusableModel) as refused:
        load_untrusted(path)
    return str(refused.value)


def edited(path: Path, change: Callable[[dict[str, Any]], None]) -> Path:
    with h5py.File(path, "r+") as file:
        config = json.loads(file.attrs["model_config"])
        change(config)
        file.attrs["model_config"] = json.dumps(config)
    return path


@pytest.mark.parametrize("kind", ["Lambda", "TFSMLayer", "Mine", "TFOpLambda", "SlicingOpLambda", "eval", "Trainer"])
def test_layers_that_are_not_kerass_own_are_refused(good: Path, kind: str) -> None:
    message = refusal(edited(good, lambda config: config["config"]["layers"][2].update(class_name=kind)))
    assert kind in message


def test_functions_are_refused_wherever_they_hide(good: Path) -> None:
    hidden = {"class_name": "__lambda__", "config": {"code": "eA=="}}
    message = refusal(edited(good, lambda config: config["config"]["layers"][1]["config"].update(activation=hidden)))
    assert "Lambda" in message


def test_a_model_far_larger_than_its_weights_is_refused(good: Path) -> None:
    message = refusal(edited(good, lambda config: config["config"]["layers"][4]["config"].update(units=4_000_000_000)))
    assert "they do not belong together" in message


@pytest.mark.parametrize("kind", ["external", "soft", "claimed"])
def test_weights_that_are_not_in_the_file_are_refused_unread(good: Path, tmp_path: Path, kind: str) -> None:
    with h5py.File(good, "r+") as file:
        group = file["model_weights"]
        name = next(iter(group["dense"])) if "dense" in group else next(each for each in group if "dense" in each)
        layer = group[name] if isinstance(group.get(name), h5py.Group) else group["dense"]
        links = {"external": h5py.ExternalLink(str(tmp_path / "secret.h5"), "values"), "soft": h5py.SoftLink("/x")}
        if kind == "claimed":
            layer.create_dataset("more", (100_000, 100_000), "float32", compression="gzip")
        else:
            layer["more"] = links[kind]
    message = refusal(good)
    assert "claims" in message if kind == "claimed" else "points at another file or place" in message


@pytest.mark.parametrize("share", [0.1, 0.5, 0.9])
def test_half_a_file_is_refused(good: Path, share: float) -> None:
    data = good.read_bytes()
    good.write_bytes(data[: int(len(data) * share)])
    assert "damaged, or only the beginning of one" in refusal(good)


def test_weights_without_a_model_are_called_so(tmp_path: Path) -> None:
    path = tmp_path / "model.weights.h5"
    mnist().save_weights(path)
    assert "weights without a model" in refusal(path)


def test_another_hdf5_file_is_called_so(tmp_path: Path) -> None:
    path = tmp_path / "data.h5"
    with h5py.File(path, "w") as file:
        file["images"] = np.zeros(3)
    assert "HDF5 file of something else (images)" in refusal(path)


def test_weights_of_another_model_are_refused_with_the_layer(good: Path) -> None:
    message = refusal(edited(good, lambda config: config["config"]["layers"][4]["config"].update(units=4)))
    assert "configuration and weights are of different models" in message
    assert f"Keras {VERSION} wrote the file" in message


@pytest.mark.parametrize("config", ["{}", "[1]", "no json", "[" * 50_000])
def test_a_configuration_that_describes_no_model_is_refused(good: Path, config: str) -> None:
    with h5py.File(good, "r+") as file:
        del file.attrs["model_config"]
        file.attrs["model_config"] = config
    assert "configuration in the file" in refusal(good)


def test_a_huge_configuration_is_refused(good: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(model_file, "MAX_CONFIG_BYTES", 1000)
    assert "more than the 0 MiB allowed" in refusal(good)
