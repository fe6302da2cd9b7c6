"""Models as LiteRT (TensorFlow Lite) files."""

from __future__ import annotations

import warnings
import zipfile
from pathlib import Path

import keras
import tensorflow as tf

from ml.models.exporting.metadata import ExportMetadata
from ml.models.exporting.served_model import INPUT, OUTPUT, Floats, Images, in_batches, with_named_output


def write_litert(served: keras.Model, metadata: ExportMetadata, path: Path) -> None:
    """Write a file of LiteRT's own operations, float32; the metadata are two files behind the model."""
    builtins = {"supported_ops": [tf.lite.OpsSet.TFLITE_BUILTINS]}
    with_named_output(served).export(path, format="litert", verbose=False, target_spec=builtins)
    with zipfile.ZipFile(path, "a") as behind:
        for name, text in metadata.files().items():
            behind.writestr(name, text)


def run_litert(path: Path, images: Images) -> Floats:
    """Probabilities (N, K) by the interpreter of TensorFlow."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # it will move to a package of its own
        interpreter = tf.lite.Interpreter(str(path))
    runner = interpreter.get_signature_runner()
    return in_batches(lambda batch: runner(**{INPUT: batch})[OUTPUT], images)
