"""Models as ``.keras`` files."""

from __future__ import annotations

import json
import tempfile
import zipfile
from pathlib import Path

import keras

from ml.models.exporting.metadata import ExportMetadata
from ml.models.exporting.served_model import Floats, Images, in_batches
from ml.models.saved_model import load_model, save_model

METADATA, OURS = "metadata.json", "florescope"


def write_keras(served: keras.Model, metadata: ExportMetadata, path: Path) -> None:
    """Write a ``.keras`` file of the members that Keras knows; the metadata stands in its ``metadata.json``."""
    with tempfile.TemporaryDirectory(prefix="florescope-") as folder:
        plain = Path(folder) / "model.keras"
        save_model(served, plain)
        with zipfile.ZipFile(plain) as source, zipfile.ZipFile(path, "w") as target:
            for member in source.infolist():
                data = source.read(member)
                target.writestr(member, _with(metadata, data) if member.filename == METADATA else data)


def run_keras(path: Path, images: Images) -> Floats:
    """Probabilities (N, K) of the model in a file."""
    model = load_model(path)
    return in_batches(lambda batch: model(batch, training=False), images)


def _with(metadata: ExportMetadata, document: bytes) -> bytes:
    return json.dumps({**json.loads(document), OURS: metadata.document()}).encode()
