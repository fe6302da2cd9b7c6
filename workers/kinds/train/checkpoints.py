"""The checkpoints of a training in the object store: each file is written once, the pointer to it after it."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

import structlog

from jobs import keys
from jobs.errors import BoardUnavailable, Corrupt, ObjectNotFound
from jobs.models.artifact import Artifact
from jobs.models.checkpoint import CheckpointPointer, KeptCheckpoint, kept
from jobs.models.model import EpochMetrics
from ml.training import train as training
from ml.training.history import best_of
from workers.step.step_context import StepContext

_log = structlog.get_logger(__name__)
STATE, KERAS = "application/x-npz", "application/zip"


class Checkpoints:
    """What one attempt at a training step reads and writes; ``keep`` of the newest ones stay, and the best."""

    def __init__(self, context: StepContext, folder: Path, *, keep: int) -> None:
        self._context = context
        self._folder = folder
        self._keep = keep
        self._pointer = _read_pointer(context)
        self._damaged: set[int] = set()

    @property
    def best_epoch(self) -> int | None:
        """Whose model would be published; None before the first epoch."""
        return self._pointer.best_epoch if self._pointer else None

    def resume(self) -> training.Checkpoint | None:
        """The newest checkpoint whose bytes are what they were when it was written, of any attempt; or None."""
        if self._pointer is None:
            return None
        for checkpoint in reversed(self._pointer.checkpoints):
            path = self._fetch(checkpoint)
            if path is not None:
                history = tuple(_measured(metrics) for metrics in self._pointer.history[: checkpoint.epoch])
                return training.Checkpoint(path, history, self._best_path(checkpoint.epoch))
        return None

    def save(self, checkpoint: training.Checkpoint) -> None:
        """Store a new checkpoint, then the pointer to it; then let go of those that are not needed any more."""
        context, epoch = self._context, len(checkpoint.history)
        file = put_file(context, f"checkpoints/{checkpoint.path.name}", checkpoint.path, STATE)
        context.pulse.check()  # the file took its time, and whoever has the lease now has a pointer of his own
        before = self._pointer.checkpoints if self._pointer else ()
        good = (one for one in before if one.epoch < epoch and one.epoch not in self._damaged)
        all_checkpoints = (*good, KeptCheckpoint(epoch=epoch, file=file))
        best = best_of(tuple(checkpoint.history[one.epoch - 1] for one in all_checkpoints))
        best_epoch = best.epoch if best else epoch
        stay, _ = kept(all_checkpoints, best_epoch=best_epoch, last=self._keep)
        self._write(
            CheckpointPointer(
                job_id=context.job.id,
                step=context.step,
                attempt=context.attempt,
                checkpoints=stay,
                best_epoch=best_epoch,
                history=history_of(checkpoint.history),
            )
        )
        named = {one.file.key for one in stay}
        for old in (*before, *all_checkpoints):
            if old.file.key not in named:
                context.services.store.delete(old.file.key)
        with suppress(BoardUnavailable):  # the epoch is stored; deaths that are not forgiven now are with the next one
            context.services.board.counters.reset_attempts(context.job.id, context.step)

    def best_file(self) -> Path | None:
        """The best checkpoint so far; None where there is none that can be read."""
        return self._best_path(self._pointer.history[-1].epoch) if self._pointer else None

    def keep_model(self, path: Path) -> None:
        """Let the job's files hold the best model so far."""
        if self._pointer is not None:
            model = put_file(self._context, "best.keras", path, KERAS)
            self._write(self._pointer.model_copy(update={"model": model}))

    def _best_path(self, last: int) -> Path | None:
        """The file of the best checkpoint of the first ``last`` epochs that is not damaged."""
        while (best := self._best_until(last)) is not None:
            path = self._fetch(best)
            if path is not None:
                return path
        return None

    def _best_until(self, epoch: int) -> KeptCheckpoint | None:
        """The best checkpoint there is of the first epochs, as far as is known."""
        pointer = self._pointer
        if pointer is None:
            return None
        good = [one for one in pointer.checkpoints if one.epoch not in self._damaged]
        known = {one.epoch: one for one in good if one.epoch <= epoch}
        best = best_of(tuple(_measured(pointer.history[number - 1]) for number in sorted(known)))
        return known[best.epoch] if best else None

    def _fetch(self, checkpoint: KeptCheckpoint) -> Path | None:
        path = self._folder / f"stored-{checkpoint.epoch:04d}.npz"
        if path.exists():
            return path
        try:
            self._context.services.store.get_file(checkpoint.file.key, path, sha256=checkpoint.file.sha256)
        except (Corrupt, ObjectNotFound) as error:
            self._damaged.add(checkpoint.epoch)
            _log.error("checkpoint_damaged", job_id=self._context.job.id, epoch=checkpoint.epoch, error=str(error))
            return None
        return path

    def _write(self, pointer: CheckpointPointer) -> None:
        self._context.services.store.put(keys.checkpoint(pointer.job_id, pointer.step), pointer.encode())
        self._pointer = pointer


def put_file(context: StepContext, name: str, path: Path, content_type: str) -> Artifact:
    """Store a file under the attempt's own prefix."""
    info = context.services.store.put_file(context.key(name), path, content_type=content_type)
    return Artifact(name=name, key=info.key, size=info.size, sha256=info.sha256 or "", content_type=content_type)


def history_of(history: tuple[training.EpochMetrics, ...]) -> tuple[EpochMetrics, ...]:
    """Measured epochs as they are stored."""
    return tuple(EpochMetrics.model_validate(metrics, from_attributes=True) for metrics in history)


def _measured(metrics: EpochMetrics) -> training.EpochMetrics:
    return training.EpochMetrics(**metrics.model_dump())


def _read_pointer(context: StepContext) -> CheckpointPointer | None:
    try:
        return CheckpointPointer.decode(context.services.store.get(keys.checkpoint(context.job.id, context.step)))
    except ObjectNotFound:
        return None
