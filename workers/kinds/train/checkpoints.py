"""Checkpoints of a training in the object store: each file is written once, then the pointer that names it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import structlog

from jobs import keys
from jobs.errors import Corrupt, ObjectNotFound
from jobs.models.checkpoint import CheckpointPointer, KeptCheckpoint, partition_checkpoints
from jobs.models.model import EpochMetrics
from ml.training import train as training
from ml.training.history import History, best_of
from ml.training.states.epoch_mean import last_epochs
from store.base import ObjectStore
from workers.step.file_writer import FileWriter

_log = structlog.get_logger(__name__)
STATE, KERAS = "application/x-npz", "application/zip"


@dataclass(frozen=True)
class PointerFile:
    """The pointer of a training step, as one attempt reads and writes it."""

    store: ObjectStore
    job_id: str
    step: str
    attempt: str

    def read(self) -> CheckpointPointer | None:
        """The pointer; None before the first epoch."""
        try:
            return CheckpointPointer.decode(self.store.get(keys.checkpoint(self.job_id, self.step)))
        except ObjectNotFound:
            return None

    def write(self, pointer: CheckpointPointer) -> None:
        """Replace the pointer."""
        self.store.put(keys.checkpoint(self.job_id, self.step), pointer.encode())


class Checkpoints:
    """What one attempt at a training step reads and writes.

    ``keep`` of the newest ones stay, the ``averaged`` newest ones, of which a mean is made, and the best. ``check`` is
    called between writing a file and naming it, and may raise: another worker may hold the lease by then.
    """

    def __init__(
        self,
        files: FileWriter,
        pointer_file: PointerFile,
        folder: Path,
        *,
        keep: int,
        check: Callable[[], None],
        averaged: int = 0,
    ) -> None:
        self._files = files
        self._pointer_file = pointer_file
        self._folder = folder
        self._keep = max(keep, averaged)
        self._averaged = averaged
        self._check = check
        self._pointer = pointer_file.read()
        self._damaged: set[str] = set()

    def resume(self) -> training.Checkpoint | None:
        """The newest checkpoint whose bytes are what they were when it was written, of any attempt; or None."""
        if self._pointer is None:
            return None
        for checkpoint in reversed(self._pointer.checkpoints):
            path = self._fetch(checkpoint)
            if path is not None:
                history = tuple(_measured(metrics) for metrics in self._pointer.history[: checkpoint.epoch])
                return training.Checkpoint(path, history, self._best_path(checkpoint.epoch), self._last_paths(history))
        return None

    def save(self, checkpoint: training.Checkpoint) -> None:
        """Store a new checkpoint, then the pointer to it; then let go of those that are not needed any more."""
        epoch, owner = len(checkpoint.history), self._pointer_file
        file = self._files.put_file(f"checkpoints/{checkpoint.path.name}", checkpoint.path, STATE)
        self._check()  # writing the file took time: another worker may hold the lease by now, and write the pointer
        before = self._pointer.checkpoints if self._pointer else ()
        good = (one for one in before if one.epoch < epoch and one.file.key not in self._damaged)
        all_checkpoints = (*good, KeptCheckpoint(epoch=epoch, file=file))
        best = best_of(tuple(checkpoint.history[one.epoch - 1] for one in all_checkpoints))
        best_epoch = best.epoch if best else epoch
        stay, _ = partition_checkpoints(all_checkpoints, best_epoch=best_epoch, last=self._keep)
        self._write(
            CheckpointPointer(
                job_id=owner.job_id,
                step=owner.step,
                attempt=owner.attempt,
                checkpoints=stay,
                best_epoch=best_epoch,
                history=history_of(checkpoint.history),
            )
        )
        named = {one.file.key for one in stay}
        for old in (*before, *all_checkpoints):
            if old.file.key not in named:
                self._files.store.delete(old.file.key)

    def best_file(self) -> Path | None:
        """The best checkpoint so far; None where there is none that can be read."""
        return self._best_path(self._pointer.history[-1].epoch) if self._pointer else None

    def keep_model(self, path: Path) -> None:
        """Let the job's files hold the best model so far."""
        if self._pointer is not None:
            model = self._files.put_file("best.keras", path, KERAS)
            self._write(self._pointer.model_copy(update={"model": model}))

    def _best_path(self, last: int) -> Path | None:
        """The file of the best checkpoint of the first ``last`` epochs that is not damaged."""
        while (best := self._best_until(last)) is not None:
            path = self._fetch(best)
            if path is not None:
                return path
        return None

    def _last_paths(self, history: History) -> dict[int, Path]:
        """The files of the last epochs of a history, by epoch, as far as a mean of them needs these."""
        kept = {one.epoch: one for one in self._pointer.checkpoints} if self._pointer else {}
        needed = last_epochs(history, kept, most=self._averaged)
        found = {epoch: self._fetch(kept[epoch]) for epoch in needed}
        return {epoch: path for epoch, path in found.items() if path is not None}

    def _best_until(self, epoch: int) -> KeptCheckpoint | None:
        """The best checkpoint there is of the first epochs, as far as is known."""
        pointer = self._pointer
        if pointer is None:
            return None
        good = [one for one in pointer.checkpoints if one.file.key not in self._damaged]
        known = {one.epoch: one for one in good if one.epoch <= epoch}
        best = best_of(tuple(_measured(pointer.history[number - 1]) for number in sorted(known)))
        return known[best.epoch] if best else None

    def _fetch(self, checkpoint: KeptCheckpoint) -> Path | None:
        path = self._folder / f"stored-{checkpoint.epoch:04d}.npz"
        if path.exists():
            return path
        try:
            self._files.store.get_file(checkpoint.file.key, path, sha256=checkpoint.file.sha256)
        except (Corrupt, ObjectNotFound) as error:
            self._damaged.add(checkpoint.file.key)
            _log.error("checkpoint_damaged", job_id=self._pointer_file.job_id, epoch=checkpoint.epoch, error=str(error))
            return None
        return path

    def _write(self, pointer: CheckpointPointer) -> None:
        self._pointer_file.write(pointer)
        self._pointer = pointer


def history_of(history: tuple[training.EpochMetrics, ...]) -> tuple[EpochMetrics, ...]:
    """Measured epochs as they are stored."""
    return tuple(EpochMetrics.model_validate(metrics, from_attributes=True) for metrics in history)


def _measured(metrics: EpochMetrics) -> training.EpochMetrics:
    return training.EpochMetrics(**metrics.model_dump())
