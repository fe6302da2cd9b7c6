"""Configurations that name other than Keras' own layers, or no model: each is refused by what it names."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path
from typing import Any

import keras
import pytest

from ml.models.importing import model_file
from ml.models.importing.model_file import CONFIG, METADATA, load_untrusted
from tests.unit.ml.models.importing.doctored_files import doctored, members, refusal, written


def first_layer(config: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = config["config"]["layers"][1]
    return found


def test_a_huge_configuration_is_refused(good: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(model_file, "MAX_CONFIG_BYTES", 1 << 20)
    for name in (CONFIG, METADATA):
        huge = written(tmp_path, {**members(good), name: b" " * (2 << 20)}, method=zipfile.ZIP_DEFLATED)
        assert f"{name} has 2 MiB, more than the 1 MiB" in refusal(huge)


@pytest.mark.parametrize("config", [b"not json", b"[1, 2]", b"[" * 100_000, b"\xff\xfe"])
def test_a_configuration_that_is_no_json_object_is_refused(good: Path, tmp_path: Path, config: bytes) -> None:
    assert CONFIG in refusal(written(tmp_path, {**members(good), CONFIG: config}))


def test_a_class_whose_name_is_no_text_is_refused(good: Path, tmp_path: Path) -> None:
    config = b'{"config": {"layers": [1]}, "class_name": []}'
    assert "which is no name" in refusal(written(tmp_path, {**members(good), CONFIG: config}))


def test_a_lambda_is_refused_by_name(tmp_path: Path) -> None:
    path = tmp_path / "lambda.keras"
    keras.Sequential(
        [keras.Input((8, 8, 3)), keras.layers.Lambda(lambda x: x * 2, name="doubled"), keras.layers.Flatten()]
    ).save(path)
    message = refusal(path)
    assert "'doubled' is a Lambda" in message
    assert "save the model again" in message


def test_a_custom_layer_is_refused_by_name(tmp_path: Path) -> None:
    class Custom(keras.layers.Layer):  # type: ignore[misc]
        def call(self, inputs: Any) -> Any:
            return inputs

    path = tmp_path / "custom.keras"
    image = keras.Input((8, 8, 3))
    keras.Model(image, keras.layers.Flatten()(Custom(name="mine")(image))).save(path)
    message = refusal(path)
    assert "layer 'mine' is of class" in message
    assert "Custom" in message


@pytest.mark.parametrize(
    ("module", "name"),
    [
        ("os", "system"),
        ("builtins", "eval"),
        ("keras.utils", "get_file"),
        ("keras.src.utils.file_utils", "get_file"),
        ("keras.config", "enable_unsafe_deserialization"),
        ("keras.src.utils.python_utils", "func_load"),
        ("keras.layers", "TFSMLayer"),
        ("keras.layers", "TorchModuleWrapper"),
        ("keras.layers", "StringLookup"),
        ("keras.callbacks", "ModelCheckpoint"),
        ("kerasx.layers", "Dense"),
        (None, "Anything"),
        (7, "Dense"),
        ("keras.layers", ["Dense"]),
    ],
)
def test_anything_but_keras_own_layers_is_refused(good: Path, tmp_path: Path, module: Any, name: Any) -> None:
    path = doctored(good, tmp_path, lambda config: first_layer(config).update(module=module, class_name=name))
    assert "'scaled' is of class" in refusal(path)


@pytest.mark.parametrize("kind", ["function", "__lambda__", "__typespec__"])
def test_functions_hidden_in_options_are_refused(good: Path, tmp_path: Path, kind: str) -> None:
    hidden = {"class_name": kind, "module": "os", "config": "system", "registered_name": "system"}
    path = doctored(good, tmp_path, lambda config: first_layer(config)["config"].update(offset=hidden))
    message = refusal(path)
    assert "save" in message
    assert "system" in message or "Lambda" in message or "typespec" in message


def test_a_custom_loss_does_not_stand_in_the_way(good: Path, tmp_path: Path) -> None:
    loss = {"module": "mine", "class_name": "MyLoss", "config": {}, "registered_name": "mine>MyLoss"}
    path = doctored(good, tmp_path, lambda config: config.update(compile_config={"loss": loss}))
    assert load_untrusted(path).output_shape == (None, 3)


def test_a_layer_that_is_no_model_is_refused(good: Path, tmp_path: Path) -> None:
    layer = {"module": "keras.layers", "class_name": "Dense", "config": {"units": 2}, "registered_name": None}
    path = written(tmp_path, {**members(good), CONFIG: json.dumps(layer).encode()})
    assert "holds a Dense, not a model" in refusal(path)


def test_a_model_that_never_had_an_input_is_refused(good: Path, tmp_path: Path) -> None:
    layers = [{"module": "keras.layers", "class_name": "Dense", "config": {"units": 2}, "registered_name": None}]
    model: dict[str, Any] = {"module": "keras", "class_name": "Sequential", "registered_name": None}
    model["config"] = {"name": "unbuilt", "layers": layers}
    path = written(tmp_path, {**members(good), CONFIG: json.dumps(model).encode()})
    assert "before it had an input shape" in refusal(path)


def test_a_configuration_that_keras_cannot_build_is_refused(good: Path, tmp_path: Path) -> None:
    path = doctored(good, tmp_path, lambda config: first_layer(config)["config"].update(scale={"odd": 1}, nothing=2))
    assert "cannot build the model" in refusal(path)


def test_a_long_reason_is_told_in_one_line_of_a_few_hundred_characters(good: Path, tmp_path: Path) -> None:
    path = doctored(good, tmp_path, lambda config: first_layer(config)["config"].update(nothing="long\n" * 999))
    message = refusal(path)
    assert "\n" not in message
    assert len(message) < 600
