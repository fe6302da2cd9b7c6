"""Saves models as ``.keras`` files, and loads them for inference."""

from __future__ import annotations

from pathlib import Path

import keras

from ml.errors import MlError


def save_model(model: keras.Model, path: str | Path) -> None:
    """Write a model as one ``.keras`` file."""
    model.save(path)


def load_model(path: str | Path) -> keras.Model:
    """Read a model for inference: it is not compiled, and no code in the file is run.

    Raises:
        MlError: the file cannot be read as a model.
    """
    try:
        return keras.models.load_model(path, safe_mode=True, compile=False)
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise MlError(f"cannot read the model file {path}: {error}") from error
