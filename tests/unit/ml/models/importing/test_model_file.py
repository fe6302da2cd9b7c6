"""Hostile and broken model files: each is refused with a reason, and nothing in them runs."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import h5py  # type: ignore[import-untyped]
import keras
import numpy as np
import pytest

from ml.errors import UnusableModel
from ml.models.importing import model_file, model_weights
from ml.models.importing.model_file import CONFIG, METADATA, WEIGHTS, load_untrusted
from ml.models.importing.model_weights import stored_values


@pytest.fixture(scope="module")
def good(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path: Path = tmp_path_factory.mktemp("good") / "good.keras"
    image = keras.Input((8, 8, 3))
    flat = keras.layers.Flatten()(keras.layers.Rescaling(1 / 255, name="scaled")(image))
    model = keras.Model(image, keras.layers.Dense(3, name="last")(flat))
    model.compile("adam", "sparse_categorical_crossentropy")
    model.save(path)
    return path


def members(path: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def written(folder: Path, content: dict[str, bytes], *, method: int = zipfile.ZIP_STORED) -> Path:
    path = folder / "doctored.keras"
    with zipfile.ZipFile(path, "w", method) as archive:
        for name, data in content.items():
            archive.writestr(name, data)
    return path


def doctored(good: Path, folder: Path, change: Callable[[dict[str, Any]], None]) -> Path:
    """The good file with another configuration."""
    content = members(good)
    config = json.loads(content[CONFIG])
    change(config)
    return written(folder, {**content, CONFIG: json.dumps(config).encode()})


def with_weights(good: Path, folder: Path, change: Callable[[Any], object]) -> Path:
    """The good file with other weights."""
    weights = folder / "weights.h5"
    weights.write_bytes(members(good)[WEIGHTS])
    with h5py.File(weights, "r+") as file:
        change(file)
    return written(folder, {**members(good), WEIGHTS: weights.read_bytes()}, method=zipfile.ZIP_DEFLATED)


def refusal(path: Path) -> str:
    with pytest.raises(UnusableModel) as refused:
        load_untrusted(path)
    return str(refused.value)


def first_layer(config: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = config["config"]["layers"][1]
    return found


def last_layer(config: dict[str, Any]) -> dict[str, Any]:
    """The options of the dense layer."""
    found: dict[str, Any] = config["config"]["layers"][3]["config"]
    return found


def test_a_good_file_gives_the_model_without_its_optimiser(good: Path) -> None:
    model = load_untrusted(good)
    assert model.output_shape == (None, 3)
    assert not model.compiled


def test_a_file_that_is_no_archive_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "picture.keras"
    path.write_bytes(b"\xff\xd8\xff\xe0 a photograph")
    assert "no .keras file" in refusal(path)


def test_an_empty_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "empty.keras"
    path.write_bytes(b"")
    assert "an empty file" in refusal(path)


@pytest.mark.parametrize("share", [0.1, 0.5, 0.98])
def test_a_truncated_file_is_refused(good: Path, tmp_path: Path, share: float) -> None:
    path, data = tmp_path / "half.keras", good.read_bytes()
    path.write_bytes(data[: int(len(data) * share)])
    assert "only the beginning" in refusal(path)


def test_another_zip_archive_is_refused(tmp_path: Path) -> None:
    assert f"no {CONFIG} and no {WEIGHTS}" in refusal(written(tmp_path, {"readme.txt": b"hello"}))


def test_members_that_keras_does_not_write_are_refused(good: Path, tmp_path: Path) -> None:
    assert "4 members" in refusal(written(tmp_path, {**members(good), "../../outside": b"x"}))


def test_a_file_that_unpacks_to_too_much_is_refused_unread(
    good: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(model_file, "MAX_UNPACKED_BYTES", 2 << 20)
    bomb = written(tmp_path, {**members(good), WEIGHTS: bytes(3 << 20)}, method=zipfile.ZIP_DEFLATED)
    assert bomb.stat().st_size < 1 << 16
    assert "unpacks to 3 MiB, more than the 2 MiB" in refusal(bomb)


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


def test_weights_of_another_shape_are_refused(good: Path, tmp_path: Path) -> None:
    path = doctored(good, tmp_path, lambda config: last_layer(config).update(units=4))
    message = refusal(path)
    assert "weights in the file cannot be read: layer 'last' (Dense)" in message
    assert "a weight of shape (192, 4), and the file holds one of (192, 3)" in message


def test_weights_that_are_missing_are_refused_with_the_layer_and_the_reason(good: Path, tmp_path: Path) -> None:
    path = with_weights(good, tmp_path, lambda file: file.pop("layers/dense/vars/1"))
    message = refusal(path)
    assert "layer 'last' (Dense): " in message
    assert "expected 2 variables, but received 1" in message


def test_a_long_reason_is_told_in_one_line_of_a_few_hundred_characters(good: Path, tmp_path: Path) -> None:
    path = doctored(good, tmp_path, lambda config: first_layer(config)["config"].update(nothing="long\n" * 999))
    message = refusal(path)
    assert "\n" not in message
    assert len(message) < 600


def test_a_model_far_larger_than_its_weights_is_refused_without_taking_memory(good: Path, tmp_path: Path) -> None:
    path = doctored(good, tmp_path, lambda config: last_layer(config).update(units=4_000_000_000))
    assert "a model of 772,000,000,000 weights and holds 579" in refusal(path)
    assert load_untrusted(good).output_shape == (None, 3)


def test_weights_far_larger_than_their_model_are_refused_unread(
    good: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(model_weights, "MAX_UNMATCHED_VALUES", 1000)
    path = with_weights(good, tmp_path, lambda file: file.create_dataset("layers/dense/vars/2", data=np.zeros(2000)))
    assert "a model of 579 weights and holds 2,579" in refusal(path)


def test_weights_that_take_more_than_is_allowed_are_refused(good: Path) -> None:
    with pytest.raises(UnusableModel, match="take 0 MiB, more than the 0 MiB allowed"):
        stored_values(good, WEIGHTS, at_most_bytes=4 * 579)


def test_what_an_optimiser_left_is_no_weight_of_the_model(good: Path) -> None:
    assert stored_values(good, WEIGHTS, at_most_bytes=1 << 20) == 192 * 3 + 3


@pytest.mark.parametrize("options", [{"compression": "gzip"}, {"chunks": True}, {}])
def test_weights_that_claim_more_than_the_file_holds_are_refused_unread(
    good: Path, tmp_path: Path, options: dict[str, Any]
) -> None:
    def claim(file: Any) -> None:
        del file["layers/dense/vars/0"]
        file.create_dataset("layers/dense/vars/0", (100_000, 10_000), "float32", **options)

    path = with_weights(good, tmp_path, claim)
    assert path.stat().st_size < 1 << 16
    assert "'layers/dense/vars/0' claims 4,000,000,000 bytes and holds 0" in refusal(path)


def test_weights_that_are_no_numbers_are_refused(good: Path, tmp_path: Path) -> None:
    path = with_weights(good, tmp_path, lambda file: file.create_dataset("layers/dense/vars/2", data="words"))
    assert "'layers/dense/vars/2' holds no numbers" in refusal(path)


def test_weights_that_are_no_hdf5_are_refused(good: Path, tmp_path: Path) -> None:
    assert "weights in the file cannot be read" in refusal(written(tmp_path, {**members(good), WEIGHTS: b"x" * 999}))


def test_weights_that_point_at_other_files_are_refused(good: Path, tmp_path: Path) -> None:
    secret = tmp_path / "secret.h5"
    with h5py.File(secret, "w") as file:
        file["values"] = np.zeros((192, 3), np.float32)

    def point(file: Any) -> None:
        del file["layers/dense/vars/0"]
        file["layers/dense/vars/0"] = h5py.ExternalLink(str(secret), "values")

    assert "'layers/dense/vars/0' points at another file" in refusal(with_weights(good, tmp_path, point))


def test_a_missing_metadata_file_does_not_matter(good: Path, tmp_path: Path) -> None:
    content = {name: data for name, data in members(good).items() if name != METADATA}
    assert load_untrusted(written(tmp_path, content)).output_shape == (None, 3)
