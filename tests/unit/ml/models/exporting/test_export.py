"""Models in the formats of others: the files run, say the same, and name their classes."""

from __future__ import annotations

import json
import zipfile
from functools import cache
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
from numpy.typing import NDArray

from jobs.specs.export_spec import EXPORT_FORMATS
from ml.models.exporting import export
from ml.models.exporting.check_pictures import check_pictures
from ml.models.exporting.export import ALLOWED_DIFFERENCE, FORMATS, Exporter, FileFormat, Unexportable
from ml.models.exporting.metadata import ExportMetadata
from ml.models.importing.foreign_model import ImportOptions, import_model
from tests.unit.ml.small_networks import CLASSES, SIZE, network

NAMES = ("rose", "tulip", "Gänseblümchen", "daisy", "lily")
METADATA = ExportMetadata("model-1", NAMES, "0" * 64, "1.2.3")


@cache
def pictures() -> NDArray[np.uint8]:
    """Drawn when a test wants them: TensorFlow draws."""
    return check_pictures(SIZE, SIZE, 12)


@pytest.fixture(scope="module")
def model() -> keras.Model:
    return network(linear_head=False)


@pytest.fixture(scope="module")
def exporter(model: keras.Model) -> Exporter:
    return Exporter(model, METADATA, pictures())


@pytest.fixture(scope="module")
def files(exporter: Exporter, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """One file of each format; each was held against the model as it was written."""
    folder: Path = tmp_path_factory.mktemp("exported")
    paths: dict[str, Path] = {name: folder / form.file for name, form in EXPORT_FORMATS.items()}
    for name, path in paths.items():
        assert exporter.write(name, path) <= ALLOWED_DIFFERENCE
    return paths


def test_jobs_offer_the_formats_that_can_be_written() -> None:
    assert list(EXPORT_FORMATS) == list(FORMATS)


@pytest.mark.parametrize("name", FORMATS)
def test_a_file_gives_probabilities_of_unscaled_pictures(name: str, files: dict[str, Path], model: keras.Model) -> None:
    found = FORMATS[name].run(files[name], pictures())
    logits = np.asarray(model(pictures().astype(np.float32), training=False))
    expected = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    assert found.shape == (len(pictures()), CLASSES)
    np.testing.assert_allclose(found, expected, atol=ALLOWED_DIFFERENCE)
    assert np.ptp(found, axis=0).max() > 0.01  # pictures that all look the same to it would prove nothing


def test_class_names_travel_with_every_file(files: dict[str, Path]) -> None:
    onnx = pytest.importorskip("onnx")
    properties = {each.key: each.value for each in onnx.load(str(files["onnx"])).metadata_props}
    assert tuple(json.loads(properties["class_names"])) == NAMES
    with zipfile.ZipFile(files["keras"]) as archive:
        assert tuple(json.loads(archive.read("metadata.json"))["florescope"]["class_names"]) == NAMES
    for name, inside in (("saved_model", "assets.extra/"), ("litert", "")):
        with zipfile.ZipFile(files[name]) as archive:
            assert archive.read(f"{inside}labels.txt").decode().splitlines() == list(NAMES)
            assert json.loads(archive.read(f"{inside}florescope.json"))["model_id"] == "model-1"


def test_any_number_of_pictures_runs_at_once(files: dict[str, Path]) -> None:
    for name, form in FORMATS.items():
        one, three = form.run(files[name], pictures()[:1]), form.run(files[name], pictures()[:3])
        np.testing.assert_allclose(one, three[:1], atol=1e-6, err_msg=name)


def test_grouped_convolutions_stored_means_and_gelu_leave_as_layers_that_others_have(tmp_path: Path) -> None:
    keras.utils.set_random_seed(2)
    image = keras.Input((SIZE, SIZE, 3))
    x = keras.layers.Normalization(mean=[1.0, 2.0, 3.0], variance=[9.0, 4.0, 16.0])(image)
    x = keras.layers.Conv2D(6, 3, strides=2, bias_initializer="normal")(x)
    x = keras.layers.Conv2D(6, 3, padding="same", groups=6, bias_initializer="normal", activation="gelu")(x)
    x = keras.layers.GlobalAveragePooling2D()(x)
    grouped = keras.Model(image, keras.layers.Dense(CLASSES)(x))
    grouped.layers[-1].set_weights([weights / 20 for weights in grouped.layers[-1].get_weights()])
    exporter = Exporter(grouped, METADATA, pictures())
    for name, file in (("keras", "model.keras"), ("onnx", "model.onnx")):
        assert exporter.write(name, tmp_path / file) <= ALLOWED_DIFFERENCE


def test_an_exported_keras_file_can_be_imported_again(files: dict[str, Path], tmp_path: Path) -> None:
    options = ImportOptions(preprocessing="none", num_classes=CLASSES)
    found = import_model(files["keras"], tmp_path / "again.keras", options)
    assert found.final_activation == "softmax"


def test_a_file_that_says_something_else_is_refused_with_the_difference(
    exporter: Exporter, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def run(path: Path, images: Any) -> Any:
        return FORMATS["keras"].run(path, images) + np.float32(0.25)

    broken = {**FORMATS, "onnx": FileFormat(FORMATS["keras"].write, run)}
    monkeypatch.setattr(export, "FORMATS", broken)
    with pytest.raises(Unexportable, match=r"differ from the model's by 0\.25 on 12 pictures"):
        exporter.write("onnx", tmp_path / "model.keras")


def test_what_a_converter_stumbles_over_is_told(
    exporter: Exporter, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def write(*_: Any) -> None:
        raise KeyError("no such operation")

    monkeypatch.setattr(export, "FORMATS", {"onnx": FileFormat(write, FORMATS["onnx"].run)})
    with pytest.raises(Unexportable, match="KeyError: 'no such operation'"):
        exporter.write("onnx", tmp_path / "model.onnx")
