"""How far an unfinished training step came, and the file from which to go on."""

from __future__ import annotations

from jobs.artifact import Artifact
from jobs.model import EpochMetrics
from jobs.value import Value


class CheckpointPointer(Value):
    """Written after the file that it names, so that it never points at half a file."""

    job_id: str
    step: str
    attempt: str
    file: Artifact
    history: tuple[EpochMetrics, ...]
