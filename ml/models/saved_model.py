"""Models as `.keras` files, written and read for inference."""

from __future__ import annotations

from pathlib import Path

import keras

from ml.errors import MlError


def save_model(model: keras.Model, path: str | Path) -> None:
    """Write a model as one ``.keras`` file."""
    model.save(path)


def load_model(path: str | Path) -> keras.Model:
    """Read a model for inference: not compiled, and no code that the file might bring along is run.

    Raises:
        MlError: the file is not a model that can be read.
    """
    try:
        return keras.models.load_model(path, safe_mode=True, compile=False)
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise MlError(f"cannot read the model file {path}: {error}") from error
