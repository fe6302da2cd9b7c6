"""Operations that Keras 2 wrote as layers are computed by Keras' own layers, or refused by their names."""

from __future__ import annotations

import json
from operator import attrgetter
from pathlib import Path
from typing import Any

import h5py  # type: ignore[import-untyped]
import keras
import numpy as np
import pytest
import tensorflow as tf

from ml.errors import UnusableModel
from ml.models.importing.foreign_model import ImportOptions, import_model
from ml.models.importing.model_file import load_untrusted
from tests.unit.ml.models.importing.keras_2 import save_h5

SIZE = 12
MEAN = [-103.939, -116.779, -123.68]
BACKWARDS = [{"class_name": "__ellipsis__"}, {"start": None, "stop": None, "step": -1}]


def pictures() -> Any:
    return np.random.default_rng(1).uniform(1, 255, (3, SIZE, SIZE, 3)).astype(np.float32)


def with_operation(
    path: Path, function: str, options: dict[str, Any], *, inputs: int = 1, constant: Any = None
) -> Path:
    """A model of one input, which is passed on by one or two layers to one operation, as Keras 2 wrote it to HDF5."""
    image = keras.Input((SIZE, SIZE, 3), name="image")
    sources = [keras.layers.Rescaling(number + 1.0, name=f"source_{number}")(image) for number in range(inputs)]
    stand_in = keras.layers.Add(name="operation") if inputs > 1 else keras.layers.Activation("linear", name="operation")
    save_h5(keras.Model(image, stand_in(sources if inputs > 1 else sources[0])), path)
    with h5py.File(path, "r+") as file:
        config = json.loads(file.attrs["model_config"])
        layer = next(each for each in config["config"]["layers"] if each["name"] == "operation")
        kind = "SlicingOpLambda" if function == "__operators__.getitem" else "TFOpLambda"
        layer |= {"class_name": kind, "config": {"name": "operation", "dtype": "float32", "function": function}}
        places = [[f"source_{number}", 0, 0] for number in range(inputs)]
        if function.startswith("concat"):
            layer["inbound_nodes"] = [[[*place, {**options, "name": None}] for place in places]]
        elif constant is not None:
            layer["inbound_nodes"] = [["_CONSTANT_VALUE", -1, constant, {"y": places[0], **options, "name": None}]]
        else:
            second = {"y": places[1]} if inputs > 1 else {}
            layer["inbound_nodes"] = [[*places[0], {**second, **options, "name": None}]]
        file.attrs["model_config"] = json.dumps(config)
    return path


ONE: list[tuple[str, dict[str, Any], Any]] = [
    ("math.subtract", {"y": 1.5}, lambda x: x - 1.5),
    ("math.subtract", {"y": [1.0, 2.0, 3.0]}, lambda x: x - [1.0, 2.0, 3.0]),
    ("math.multiply", {"y": 0.5}, lambda x: x * 0.5),
    ("math.multiply", {"y": [[[0.5, 0.25, 2]]]}, lambda x: x * [0.5, 0.25, 2.0]),
    ("math.truediv", {"y": 127.5}, lambda x: x / 127.5),
    ("math.truediv", {"y": [58.4, 57.1, 57.4]}, lambda x: x / [58.4, 57.1, 57.4]),
    ("math.add", {"y": 5}, lambda x: x + 5.0),
    ("__operators__.add", {"y": -5.0}, lambda x: x - 5.0),
    ("nn.bias_add", {"bias": MEAN, "data_format": "channels_last"}, lambda x: tf.nn.bias_add(x, MEAN)),
    ("cast", {"dtype": "float32"}, lambda x: tf.cast(x, tf.float32)),
    ("reshape", {"shape": [-1, SIZE * SIZE, 3]}, lambda x: tf.reshape(x, [-1, SIZE * SIZE, 3])),
    ("reshape", {"shape": [-1, 3 * SIZE, SIZE, 1]}, lambda x: tf.reshape(x, [-1, 3 * SIZE, SIZE, 1])),
    ("nn.relu", {}, None),
    ("nn.relu6", {}, None),
    ("math.sigmoid", {}, None),
    ("nn.softmax", {"axis": -1}, None),
    ("image.resize", {"size": [20, 7]}, lambda x: tf.image.resize(x, [20, 7])),
    ("image.resize", {"size": [5, 24], "method": "nearest"}, lambda x: tf.image.resize(x, [5, 24], method="nearest")),
    ("math.reduce_mean", {"axis": [1, 2]}, lambda x: tf.reduce_mean(x, [1, 2])),
    ("math.reduce_max", {"axis": [1, 2], "keepdims": True}, lambda x: tf.reduce_max(x, [1, 2], keepdims=True)),
    ("__operators__.getitem", {"slice_spec": BACKWARDS}, lambda x: x[..., ::-1]),
]


@pytest.mark.parametrize(("function", "options", "expected"), ONE)
def test_an_operation_on_one_tensor_computes_what_it_did(
    tmp_path: Path, function: str, options: dict[str, Any], expected: Any
) -> None:
    model = load_untrusted(with_operation(tmp_path / "model.h5", function, options))
    images, compute = tf.constant(pictures()), expected or attrgetter(function)(tf)
    np.testing.assert_allclose(model(images, training=False), compute(images), rtol=1e-5, atol=1e-4)


TWO: list[tuple[str, dict[str, Any], Any]] = [
    ("math.add", {}, lambda x: x + 2 * x),
    ("math.subtract", {}, lambda x: x - 2 * x),
    ("math.multiply", {}, lambda x: x * 2 * x),
    ("concat", {"axis": -1}, lambda x: np.concatenate([x, 2 * x], -1)),
]


@pytest.mark.parametrize(("function", "options", "expected"), TWO)
def test_an_operation_on_two_tensors_computes_what_it_did(
    tmp_path: Path, function: str, options: dict[str, Any], expected: Any
) -> None:
    model = load_untrusted(with_operation(tmp_path / "model.h5", function, options, inputs=2))
    images = pictures()
    np.testing.assert_allclose(model(images, training=False), expected(images), rtol=1e-5)


@pytest.mark.parametrize(
    ("function", "expected"),
    [("math.subtract", lambda x: 1 - x), ("math.add", lambda x: 1 + x), ("math.multiply", lambda x: x)],
)
def test_a_number_may_come_first(tmp_path: Path, function: str, expected: Any) -> None:
    model = load_untrusted(with_operation(tmp_path / "model.h5", function, {}, constant=1.0))
    images = pictures()
    np.testing.assert_allclose(model(images, training=False), expected(images), rtol=1e-5)


REFUSED: list[tuple[str, dict[str, Any]]] = [
    ("math.truediv", {"y": 0.0}),
    ("math.pow", {"y": 2.0}),
    ("cast", {"dtype": "uint8"}),
    ("reshape", {"shape": [3, -1]}),
    ("image.resize", {"size": [5, 5], "antialias": True}),
    ("math.reduce_mean", {"axis": [0]}),
    ("nn.relu", {"alpha": 0.5}),
    ("__operators__.getitem", {"slice_spec": [{"start": None, "stop": None, "step": -1}]}),
    ("io.read_file", {}),
    ("py_function", {"func": "os.system"}),
]


@pytest.mark.parametrize(("function", "options"), REFUSED)
def test_what_no_layer_computes_is_refused_by_its_name(tmp_path: Path, function: str, options: dict[str, Any]) -> None:
    with pytest.raises(UnusableModel, match=f"layer 'operation' is the operation tf.{function} of TensorFlow"):
        load_untrusted(with_operation(tmp_path / "model.h5", function, options))


def test_a_model_with_the_preprocessing_of_resnet_inside_is_imported(tmp_path: Path) -> None:
    image = keras.Input((32, 32, 3), name="image")
    turned = keras.layers.Activation("linear", name="turned")(image)
    centred = keras.layers.Activation("linear", name="centred")(turned)
    x = keras.layers.Conv2D(6, 3, activation="relu")(centred)
    save_h5(
        keras.Model(image, keras.layers.Dense(3, "softmax")(keras.layers.GlobalAveragePooling2D()(x))),
        tmp_path / "m.h5",
    )
    with h5py.File(tmp_path / "m.h5", "r+") as file:
        config = json.loads(file.attrs["model_config"])
        layers = {each["name"]: each for each in config["config"]["layers"]}
        for name, kind, function, options in (
            ("turned", "SlicingOpLambda", "__operators__.getitem", {"slice_spec": BACKWARDS}),
            ("centred", "TFOpLambda", "nn.bias_add", {"bias": MEAN, "data_format": "channels_last"}),
        ):
            place = layers[name]["inbound_nodes"][0][0][:3]
            layers[name] |= {"class_name": kind, "config": {"name": name, "function": function}}
            layers[name]["inbound_nodes"] = [[*place, options]]
        file.attrs["model_config"] = json.dumps(config)
    found = import_model(tmp_path / "m.h5", tmp_path / "flat.keras", ImportOptions("none"))
    assert found.difference < 1e-5
    assert found.feature_layer is not None
