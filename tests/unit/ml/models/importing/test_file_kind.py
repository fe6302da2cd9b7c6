"""A file that is no Keras model is called what it is, with what mends it."""

from __future__ import annotations

import zipfile
from pathlib import Path

import keras
import pytest

from ml.errors import UnusableModel
from ml.models.importing.model_file import load_untrusted

CONTENTS: list[tuple[str, bytes, tuple[str, ...]]] = [
    (
        "lfs",
        b"version https://git-lfs.github.com/spec/v1\noid sha256:" + b"0" * 64 + b"\nsize 123\n",
        ("Git LFS pointer", "git lfs pull"),
    ),
    ("page", b"\n<!DOCTYPE html><html><head><title>Sign in</title>", ("HTML page", "save the file")),
    ("bare page", b"<html><body>404</body></html>", ("HTML page",)),
    ("empty", b"", ("empty file", "send it again")),
    ("tflite", b"\x1c\0\0\0TFL3" + bytes(64), ("TensorFlow Lite", "model.save('model.keras')")),
    ("onnx", b"\x08\x07\x12\x07pytorch\x1a\x052.0.1:\xf3\x02", ("ONNX", "model.save('model.keras')")),
    ("saved model", b"\x08\x01\x12\xc5\xe5\x01\n", ("TensorFlow SavedModel", "save('model.h5')")),
    ("old torch", b"\x80\x02\x8a\nl\xfc\x9cF\xf9 j\xa8P\x19.", ("PyTorch", "Keras' layers")),
    ("pickle", b"\x80\x04\x95\x10\x00\x00\x00", ("Python pickle", "runs code")),
    ("safetensors", b"\x40\0\0\0\0\0\0\0" + b'{"a":{"dtype":"F32"}}', ("safetensors", "weights without a model")),
    ("gzip", b"\x1f\x8b\x08\0" + bytes(32), ("gzip", "unpack it")),
    ("json", b'{"class_name": "Functional"}', ("JSON", "without its weights")),
]

ARCHIVES: list[tuple[str, list[str], tuple[str, ...]]] = [
    ("torch", ["archive/data.pkl", "archive/version", "archive/data/0"], ("PyTorch",)),
    ("saved model", ["export/saved_model.pb", "export/variables/variables.index"], ("TensorFlow SavedModel",)),
    ("model inside", ["download/model.keras", "readme.txt"], ("'download/model.keras'", "unpack it")),
    ("h5 inside", ["converted_keras/keras_model.h5", "labels.txt"], ("keras_model.h5", "unpack it")),
    ("weights", ["model.weights.h5", "metadata.json"], ("weights without a model", "load them into the model")),
    ("browser", ["model.json", "weights.bin", "metadata.json"], ("TensorFlow.js",)),
    ("pictures", ["a.jpg", "b.jpg"], ("a ZIP archive of something else (a.jpg, b.jpg)",)),
    ("nothing", [], ("a ZIP archive of something else (nothing)",)),
]


def refusal(path: Path) -> str:
    with pytest.raises(UnusableModel) as refused:
        load_untrusted(path)
    return str(refused.value)


@pytest.mark.parametrize(("name", "content", "words"), CONTENTS, ids=[each[0] for each in CONTENTS])
def test_a_file_is_called_what_it_is(name: str, content: bytes, words: tuple[str, ...], tmp_path: Path) -> None:
    path = tmp_path / "model.keras"
    path.write_bytes(content)
    message = refusal(path)
    assert all(word in message for word in words), f"{name}: {message}"


@pytest.mark.parametrize(("name", "members", "words"), ARCHIVES, ids=[each[0] for each in ARCHIVES])
def test_an_archive_is_called_what_it_is(name: str, members: list[str], words: tuple[str, ...], tmp_path: Path) -> None:
    path = tmp_path / "model.keras"
    with zipfile.ZipFile(path, "w") as archive:
        for member in members:
            archive.writestr(member, b"x")
    message = refusal(path)
    assert all(word in message for word in words), f"{name}: {message}"


@pytest.mark.filterwarnings("ignore:Layer .* does not have a `quantize` method")
def test_quantised_weights_are_called_so(tmp_path: Path) -> None:
    path = tmp_path / "int8.keras"
    model = keras.Sequential([keras.Input((8, 8, 3)), keras.layers.Flatten(), keras.layers.Dense(3)])
    model.quantize("int8")
    model.save(path)
    message = refusal(path)
    assert "quantised weights" in message
    assert "before quantize()" in message
