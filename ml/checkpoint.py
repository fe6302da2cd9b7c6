"""Models on disk: a checkpoint per epoch that training resumes from, and the model that explanations load."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import keras

from ml.errors import MlError
from ml.progress import EpochMetrics


@dataclass(frozen=True)
class Checkpoint:
    """All that is needed to go on after the last epoch of ``history``.

    Attributes:
        model_path: a ``.keras`` file with weights and optimiser state.
        history: the epochs behind it, the first one first.
    """

    model_path: Path
    history: tuple[EpochMetrics, ...]


def write_checkpoint(model: keras.Model, directory: Path, history: tuple[EpochMetrics, ...]) -> Checkpoint:
    """Write ``epoch-NNNN.keras`` for the last epoch of ``history``, optimiser state included."""
    path = directory / f"epoch-{history[-1].epoch:04d}.keras"
    model.save(path)
    return Checkpoint(path, history)


def save_model(model: keras.Model, path: str | Path) -> None:
    """Write a model as one ``.keras`` file."""
    model.save(path)


def load_model(path: str | Path) -> keras.Model:
    """Read a model for inference: not compiled, and no code that the file might bring along is run.

    Raises:
        MlError: the file is not a model that can be read.
    """
    return _load(path, compile=False)


def load_for_training(path: str | Path) -> keras.Model:
    """Read a checkpoint with its optimiser state, ready to train on.

    Raises:
        MlError: the file is not a model that can be read.
    """
    return _load(path, compile=True)


def _load(path: str | Path, **options: Any) -> keras.Model:
    try:
        return keras.models.load_model(path, safe_mode=True, **options)
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise MlError(f"cannot read the model file {path}: {error}") from error
