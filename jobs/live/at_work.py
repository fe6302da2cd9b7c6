"""What workers say of themselves, and where a job waits that no worker has taken up."""

from __future__ import annotations

from datetime import datetime

from jobs.turns.turn import Pause
from jobs.value import Value

SHOWN_AHEAD = 3


class GpuUse(Value):
    """A GPU that a worker may use, and how much it is used, by whomever.

    Attributes:
        uuid: the same for all workers of its machine.
        busy: the share of the last moment, up to a second, in which it computed; None where it does not say.
    """

    name: str
    used_bytes: int
    total_bytes: int
    uuid: str = ""
    busy: float | None = None


class WorkerSign(Value):
    """A worker that is there.

    Attributes:
        queues: from which it takes steps.
        since: when it started.
        disk_free: the share of the disk of its temporary files that is free; None where that is not known.
        gpus: of its machine, if it takes steps that compute.
    """

    worker: str
    queues: tuple[str, ...]
    since: datetime
    disk_free: float | None = None
    gpus: tuple[GpuUse, ...] = ()


class StepSign(Value):
    """A step that a worker works on.

    Attributes:
        queue: from which it was taken.
        since: when this attempt began.
        memory_bytes: of the process that works; None where that is not known.
    """

    job_id: str
    step: str
    queue: str
    worker: str
    since: datetime
    memory_bytes: int | None = None


class QueuePlace(Value):
    """Where a job waits.

    Attributes:
        queue: in which its next step lies.
        ahead: steps that are taken before it, going by who has whose turn as things stand.
        behind: jobs that workers of this queue are at, then those whose messages lie before, as far as they are shown.
        workers: that take steps from this queue.
        pause: who paused the queue; null while nobody has.
    """

    queue: str
    ahead: int
    behind: tuple[str, ...] = ()
    workers: int = 0
    pause: Pause | None = None

    def in_words(self) -> str:
        """Such as ``2 steps ahead in the queue train, behind job a``."""
        if self.pause is not None:
            return f"waits in the queue {self.queue}, which is {self.pause.in_words()}"
        if not self.workers:
            return f"waits in the queue {self.queue}, from which no worker takes steps: start one"
        ahead = f"{self.ahead} {'step' if self.ahead == 1 else 'steps'} ahead"
        what = f"waits in the queue {self.queue}, {ahead if self.ahead else 'next in turn'}"
        if not self.behind:
            return what
        shown = ", ".join(self.behind[:SHOWN_AHEAD]) + (", …" if len(self.behind) > SHOWN_AHEAD else "")
        return f"{what}, behind {shown}"
