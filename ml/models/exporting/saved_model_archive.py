"""Models as a TensorFlow SavedModel: a folder, packed into one zip file."""

from __future__ import annotations

import shutil
import tempfile
import zipfile
from pathlib import Path

import keras
import tensorflow as tf

from ml.models.exporting.metadata import ExportMetadata
from ml.models.exporting.served_model import INPUT, OUTPUT, Floats, Images, in_batches, with_named_output

EXTRA = "assets.extra"
"""The folder that a SavedModel has for files which TensorFlow does not read itself."""


def write_saved_model(served: keras.Model, metadata: ExportMetadata, path: Path) -> None:
    """Write a folder and pack it; the metadata lies in its ``assets.extra``."""
    with tempfile.TemporaryDirectory(prefix="florescope-") as name:
        folder = Path(name)
        with_named_output(served).export(folder, format="tf_saved_model", verbose=False)
        (folder / EXTRA).mkdir()
        for file, text in metadata.files().items():
            (folder / EXTRA / file).write_text(text, encoding="utf-8")
        shutil.make_archive(str(path.with_suffix("")), "zip", folder)


def run_saved_model(path: Path, images: Images) -> Floats:
    """Probabilities (N, K) by the signature that servers call."""
    with tempfile.TemporaryDirectory(prefix="florescope-") as folder:
        with zipfile.ZipFile(path) as archive:
            archive.extractall(folder)
        signature = tf.saved_model.load(folder).signatures["serving_default"]
        return in_batches(lambda batch: signature(**{INPUT: tf.constant(batch)})[OUTPUT], images)
