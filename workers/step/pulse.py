"""The pulse of a step at work: renews its lease, shows its progress, and hears requests to stop.

All of it happens in a thread of its own, so that neither Redis nor Flower can slow the work down.
"""

from __future__ import annotations

import threading
import time
from datetime import UTC, datetime
from types import TracebackType
from typing import Any, NamedTuple, Self

from dispatch.lease import Lease
from dispatch.live_progress import Beat
from dispatch.names import queue_of
from jobs.job import Job, Snapshot
from jobs.live.at_work import StepSign
from jobs.live.progress import Progress, with_rate
from jobs.plan import FINALIZE, PLAN
from jobs.state import JobState
from jobs.turns.turn import Pause
from workers.step import shutdown
from workers.step.attempts import Attempts
from workers.step.interruption import Cancelled, LeaseLost, Paused, Stopping
from workers.step.memory import resident_bytes
from workers.step.services import Services

BEAT_S = 1.0


class _Said(NamedTuple):
    """What the work said last of how far it is."""

    done: float
    failed: int
    message: str
    stage: str
    eta_s: float | None


class Pulse:
    """Context manager around the work on a leased step; the work calls ``check`` between batches."""

    def __init__(self, services: Services, job: Job, lease: Lease, *, total: float | None, unit: str) -> None:
        self._services = services
        self._job = job
        self._lease = lease
        self._blank = Progress(total=total, unit=unit)
        self._done: _Said | None = None
        self._measured: Snapshot | None = None
        self._lost = threading.Event()
        self._stopped = threading.Event()
        self._pause: Pause | None = None
        self._finished = threading.Event()
        self._renewed_at = time.monotonic()
        self._began = datetime.now(UTC)
        self._attempts = Attempts("pulse_missed", job_id=job.id, step=lease.step)
        self._thread = threading.Thread(target=self._run, name=f"pulse-{lease.step}", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._finished.set()
        self._thread.join()

    def check(self) -> None:
        """Leave the step if there is a reason to.

        Raises:
            Cancelled, LeaseLost, Paused, Stopping: the reason.
        """
        if self._lost.is_set():
            raise LeaseLost(f"{self._lease.step} of job {self._job.id} is another worker's now")
        if self._stopped.is_set():
            raise Cancelled(f"job {self._job.id} is to stop")
        if self._pause is not None:
            raise Paused(f"job {self._job.id} is {self._pause.in_words()}")
        if shutdown.requested():
            raise Stopping("this worker is leaving")

    def progress(
        self, done: float, *, failed: int = 0, message: str = "", stage: str = "", eta_s: float | None = None
    ) -> None:
        """Say how far the step is; shown at the next beat. ``eta_s`` is of the job, where the step knows it better."""
        self._done = _Said(done, failed, message, stage, eta_s)

    def _run(self) -> None:
        self._attempts.run(self._give_sign)
        while not self._finished.wait(BEAT_S):
            self._attempts.run(self._beat)
        self._attempts.run(self._show)
        self._attempts.run(lambda: self._services.board.at_work.withdraw(self._lease.token))

    def _beat(self) -> None:
        if time.monotonic() - self._renewed_at >= self._services.leases.ttl_s / 6:
            if not self._services.leases.renew(self._lease):
                self._lost.set()
                return
            self._renewed_at = time.monotonic()
            self._give_sign()
            self._pause = self._paused()
        if self._done is None and self._services.board.stopped(self._job.id):
            self._stopped.set()
        self._show()

    def _paused(self) -> Pause | None:
        """Who paused the job, if it stops for that in the midst of a step."""
        if not self._job.spec.leaves_when_paused or self._lease.step in {PLAN, FINALIZE}:
            return None
        turn = self._services.board.turns.of([self._job.id]).get(self._job.id)
        return turn.pause if turn else None

    def _give_sign(self) -> None:
        """Say on the board who works on this step, since when, and with how much memory."""
        sign = StepSign(
            job_id=self._job.id,
            step=self._lease.step,
            queue=queue_of(self._lease.step, self._services.board.turns.lane(self._job.id)),
            worker=self._services.worker,
            since=self._began,
            memory_bytes=resident_bytes(),
        )
        self._services.board.at_work.give(self._lease.token, sign)

    def _show(self) -> None:
        if self._done is None or self._lost.is_set():
            return
        said = self._done
        progress, now = self._services.board.progress, datetime.now(UTC)
        view = self._measured and _later(self._measured, said, now)
        beat = progress.beat(self._job.id, self._lease.step, done=said.done, failed=said.failed, view=view)
        if beat.stopped:
            self._stopped.set()
        self._measured = self._measure(beat, said, now)
        if view is None:
            progress.publish(self._measured)
        self._services.events.progressed(self._measured, self._job)

    def _measure(self, beat: Beat, said: _Said, now: datetime) -> Snapshot:
        """The job as this beat found it, with its rate; what is shown at the next beat has this rate."""
        before = beat.before or self._measured or Snapshot(job_id=self._job.id)
        elapsed_s = (now - before.updated_at).total_seconds() if before.updated_at else 0.0
        shown = {"done": beat.done, "failed": beat.failed, "message": said.message, "stage": said.stage}
        measured = with_rate(before.progress, self._blank.model_copy(update=shown), elapsed_s=elapsed_s)
        return Snapshot(
            job_id=self._job.id,
            state=JobState.RUNNING,
            started_at=before.started_at or self._began,
            updated_at=now,
            progress=measured if said.eta_s is None else measured.model_copy(update={"eta_s": said.eta_s}),
        )


def _later(view: Snapshot, said: _Said, now: datetime) -> Snapshot:
    changes: dict[str, Any] = {"message": said.message, "stage": said.stage}
    if said.eta_s is not None:
        changes["eta_s"] = said.eta_s
    progress = view.progress.model_copy(update=changes)
    return view.model_copy(update={"updated_at": now, "progress": progress})
