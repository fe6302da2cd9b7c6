from __future__ import annotations

from pathlib import Path

from store.partial import FOLDER


def partial_files(root: Path) -> list[Path]:
    return list((root / FOLDER).iterdir())
