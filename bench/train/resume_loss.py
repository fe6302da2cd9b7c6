"""How much work is done twice when a training process is killed in the middle of an epoch."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path

from bench.train.recipe import Places

KILLED_IN_EPOCH = 3


def measure(places: Places) -> Mapping[str, object]:
    """Epochs that a second process repeats: those of the first one that no checkpoint holds."""
    del places
    with tempfile.TemporaryDirectory() as folder:
        first = _started(Path(folder))
        reached = 0.0
        for epoch, share in _progress(first):
            reached = epoch - 1 + share
            if epoch == KILLED_IN_EPOCH and share >= 0.5:
                break
        first.kill()
        first.wait()
        second = _started(Path(folder))
        begun = next(epoch - 1 + share for epoch, share in _progress(second))
        second.kill()
        second.wait()
    return {"resume_loss": reached - begun, "resume_killed_at_epoch": reached}


def _started(folder: Path) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "bench.train.short_training", str(folder)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)


def _progress(process: subprocess.Popen[str]) -> Iterator[tuple[int, float]]:
    """Epoch and the share of it that is done, line by line."""
    if process.stdout is None:
        raise RuntimeError("the training's output is not read")
    for line in process.stdout:
        told = json.loads(line)
        yield told["epoch"], told["step"] / told["steps"]
    raise RuntimeError(f"the training ended by itself with {process.wait()}")
