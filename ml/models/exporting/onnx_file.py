"""Models as ONNX files."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any

import keras
import tensorflow as tf

from ml.models.exporting.metadata import ExportMetadata
from ml.models.exporting.onnx_operations import register_operations
from ml.models.exporting.served_model import INPUT, OUTPUT, Floats, Images, in_batches, with_named_output

BATCH = "batch"


def write_onnx(served: keras.Model, metadata: ExportMetadata, path: Path) -> None:
    """Write a file; the metadata is among its properties, and its first axis has a name."""
    import onnx  # noqa: PLC0415  (only here)

    register_operations()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)  # Keras and tf2onnx look for aliases of old NumPy
        with_named_output(served).export(path, format="onnx", verbose=False, input_signature=[_signature(served)])
    file: Any = onnx.load(str(path))
    for value in (*file.graph.input, *file.graph.output):
        value.type.tensor_type.shape.dim[0].dim_param = BATCH
    onnx.helper.set_model_props(file, metadata.texts())
    onnx.checker.check_model(file)
    onnx.save(file, str(path))


def run_onnx(path: Path, images: Images) -> Floats:
    """Probabilities (N, K) by ONNX Runtime, on the CPU."""
    import onnxruntime  # noqa: PLC0415  (only here)

    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    return in_batches(lambda batch: session.run([OUTPUT], {INPUT: batch})[0], images)


def _signature(served: keras.Model) -> Any:
    return tf.TensorSpec(served.input.shape, served.input.dtype, name=INPUT)
