"""Real photographs, where they are: what needs them skips without, and fails in CI."""

from __future__ import annotations

import os
from pathlib import Path

import pytest


def flowers_folder() -> str:
    """The folder in which TFDS has prepared ``oxford_flowers102``."""
    folder = os.environ.get("TFDS_DATA_DIR", "")
    if not (Path(folder) / "oxford_flowers102").is_dir():
        missing = "TFDS_DATA_DIR names no folder with a prepared oxford_flowers102"
        if os.environ.get("CI"):
            pytest.fail(missing)
        pytest.skip(missing)
    return folder
