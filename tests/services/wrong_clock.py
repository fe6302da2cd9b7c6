"""Gives a process a clock of its own, by a library that is preloaded into it; needs Linux and a C compiler."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

SOURCE = Path(__file__).with_suffix(".c")


def wrong_clock(folder: Path) -> Path | None:
    """The compiled library; None where it cannot be made."""
    compiler = shutil.which("cc")
    if compiler is None or not sys.platform.startswith("linux"):
        return None
    library = folder / "wrong_clock.so"
    subprocess.run([compiler, "-shared", "-fPIC", "-o", library, SOURCE, "-ldl"], check=True)
    return library


def wrong_by(seconds: int, library: Path) -> dict[str, str]:
    """What a process is told whose clock is to be so many seconds ahead."""
    return {"LD_PRELOAD": str(library), "WRONG_BY_S": str(seconds)}
