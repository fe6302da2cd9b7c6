"""Writes a model in a format of others, and runs the file before anybody may have it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

import keras
import numpy as np

from ml.errors import MlError
from ml.models.exporting.keras_file import run_keras, write_keras
from ml.models.exporting.litert_file import run_litert, write_litert
from ml.models.exporting.metadata import ExportMetadata
from ml.models.exporting.onnx_file import run_onnx, write_onnx
from ml.models.exporting.saved_model_archive import run_saved_model, write_saved_model
from ml.models.exporting.served_model import Floats, Images, expected_probabilities, served_model

ALLOWED_DIFFERENCE = 1e-4
"""Of probabilities. Float32 on other kernels differs by about 1e-6; a lost layer or scale by far more."""


class Unexportable(MlError):
    """A model cannot leave in this format, or would be another one there."""


@dataclass(frozen=True)
class FileFormat:
    """How a format is written, and how its files are run."""

    write: Callable[[keras.Model, ExportMetadata, Path], None]
    run: Callable[[Path, Images], Floats]


FORMATS: Mapping[str, FileFormat] = MappingProxyType(
    {
        "keras": FileFormat(write_keras, run_keras),
        "saved_model": FileFormat(write_saved_model, run_saved_model),
        "onnx": FileFormat(write_onnx, run_onnx),
        "litert": FileFormat(write_litert, run_litert),
    }
)


class Exporter:
    """Writes one model in several formats.

    Args:
        model: a published classifier, raw RGB to logits.
        metadata: for all files.
        images: (n, H, W, 3) uint8, by which each file is held against the model.
    """

    def __init__(self, model: keras.Model, metadata: ExportMetadata, images: Images) -> None:
        self._served = served_model(model)
        self._metadata = metadata
        self._images = images
        self._expected = expected_probabilities(model, images)

    def write(self, name: str, path: Path) -> float:
        """Write a file and run it; the largest difference of its probabilities from the model's.

        Raises:
            Unexportable: it cannot be written or run, or differs by more than ``ALLOWED_DIFFERENCE``.
        """
        found = self._written_and_run(FORMATS[name], path)
        difference = float(np.abs(found - self._expected).max())
        if not difference <= ALLOWED_DIFFERENCE:  # NaN is refused, too
            raise Unexportable(
                f"its probabilities differ from the model's by {difference:.2g} on {len(self._images)} pictures, "
                f"allowed is {ALLOWED_DIFFERENCE:.0e}"
            )
        return difference

    def _written_and_run(self, form: FileFormat, path: Path) -> Floats:
        try:
            form.write(self._served, self._metadata, path)
            return form.run(path, self._images)
        except (OSError, MemoryError):  # of this machine, not of the model
            raise
        except Exception as error:  # converters raise many kinds of errors
            raise Unexportable(f"the converter failed: {_first_line(error)}") from error


def _first_line(error: Exception) -> str:
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return f"{type(error).__name__}: {lines[0][:500]}" if lines else type(error).__name__
