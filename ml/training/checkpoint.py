"""Writes and reads checkpoints: the state of a training after an epoch, from which it resumes."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ml.damaged_archive import DAMAGED_ARCHIVE
from ml.errors import UnreadableCheckpoint
from ml.training.precision import FLOAT32, Arithmetic
from ml.training.progress import EpochMetrics, PhaseName

Arrays = tuple[NDArray[Any], ...]
_PARTS = ("model", "raw", "optimizer")


@dataclass(frozen=True)
class Checkpoint:
    """A training after the last epoch of ``history``.

    Attributes:
        path: file of its ``TrainingState``.
        history: all epochs so far, in order.
        best_path: file of the state after the best epoch so far; None where it is this one.
        last_paths: files of the states after the last epochs of fine-tuning, by epoch, as far as a mean needs them.
    """

    path: Path
    history: tuple[EpochMetrics, ...]
    best_path: Path | None = None
    last_paths: Mapping[int, Path] = field(default_factory=dict)


@dataclass(frozen=True, eq=False)
class TrainingState:
    """Everything that training has changed; the order of images and all draws follow from the seed and the epoch.

    Attributes:
        phase: what was trained: in ``head``, only the head's weights are here.
        epoch: counted from 1 through all phases.
        model: the weights that are published.
        raw: the trained variables, where the model is an average of them; else empty.
        optimizer: the optimisers' variables.
        arithmetic: the precision of the training steps; a resumed training keeps it.
    """

    phase: PhaseName
    epoch: int
    model: Arrays
    raw: Arrays
    optimizer: Arrays
    arithmetic: Arithmetic = FLOAT32


def write_state(state: TrainingState, path: Path) -> None:
    """Write a state as a NumPy archive."""
    parts = {name: getattr(state, name) for name in _PARTS}
    arrays = {f"{name}-{i:05d}": array for name, part in parts.items() for i, array in enumerate(part)}
    about = {
        "phase": state.phase,
        "epoch": state.epoch,
        "sizes": [len(parts[name]) for name in _PARTS],
        "arithmetic": asdict(state.arithmetic),
    }
    np.savez(path, about=np.array(json.dumps(about)), **arrays)


def read_state(path: Path) -> TrainingState:
    """Read what ``write_state`` wrote.

    Raises:
        UnreadableCheckpoint: it is not such a file.
    """
    try:
        with path.open("rb") as opened, np.load(opened, allow_pickle=False) as file:  # NumPy leaves a bad file open
            about = json.loads(str(file["about"]))
            sizes = zip(_PARTS, about["sizes"], strict=True)
            parts = {name: tuple(file[f"{name}-{i:05d}"] for i in range(size)) for name, size in sizes}
            computed_in = Arithmetic(**about.get("arithmetic", {}))
            return TrainingState(phase=about["phase"], epoch=int(about["epoch"]), **parts, arithmetic=computed_in)
    except (OSError, *DAMAGED_ARCHIVE) as error:
        raise UnreadableCheckpoint(f"cannot read the checkpoint {path.name}: {error}") from error


def assign(variables: Sequence[Any], arrays: Arrays, *, what: str) -> None:
    """Assign arrays to variables.

    Raises:
        UnreadableCheckpoint: their number or shapes differ.
    """
    wanted, given = [tuple(v.shape) for v in variables], [array.shape for array in arrays]
    if wanted != given:
        difference = next((pair for pair in zip(wanted, given, strict=False) if pair[0] != pair[1]), None)
        detail = f"{difference[1]} where {difference[0]} is wanted" if difference else f"{len(given)} arrays"
        raise UnreadableCheckpoint(f"the checkpoint's {what} do not fit this network of {len(wanted)} arrays: {detail}")
    for variable, array in zip(variables, arrays, strict=True):
        variable.assign(array)
