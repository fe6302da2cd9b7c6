"""Model files with one thing in them changed."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import h5py  # type: ignore[import-untyped]
import pytest

from ml.errors import UnusableModel
from ml.models.importing.model_file import CONFIG, WEIGHTS, load_untrusted


def members(path: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def written(folder: Path, content: dict[str, bytes], *, method: int = zipfile.ZIP_STORED) -> Path:
    path = folder / "doctored.keras"
    with zipfile.ZipFile(path, "w", method) as archive:
        for name, data in content.items():
            archive.writestr(name, data)
    return path


def doctored(good: Path, folder: Path, change: Callable[[dict[str, Any]], None]) -> Path:
    """The good file with another configuration."""
    content = members(good)
    config = json.loads(content[CONFIG])
    change(config)
    return written(folder, {**content, CONFIG: json.dumps(config).encode()})


def with_weights(good: Path, folder: Path, change: Callable[[Any], object]) -> Path:
    """The good file with other weights."""
    weights = folder / "weights.h5"
    weights.write_bytes(members(good)[WEIGHTS])
    with h5py.File(weights, "r+") as file:
        change(file)
    return written(folder, {**members(good), WEIGHTS: weights.read_bytes()}, method=zipfile.ZIP_DEFLATED)


def refusal(path: Path) -> str:
    with pytest.raises(UnusableModel) as refused:
        load_untrusted(path)
    return str(refused.value)
