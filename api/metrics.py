"""What goes on, as numbers in the text format of Prometheus."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping

from api.backend import Backend
from jobs import keys
from jobs.state import TERMINAL, JobState

MEDIA_TYPE = "text/plain; version=0.0.4; charset=utf-8"


def metrics(backend: Backend) -> str:
    """All numbers as they are now.

    Raises:
        StoreUnavailable, BoardUnavailable: nothing can be said without either.
    """
    board = backend.board
    lines = (
        *_gauge("queue_messages", "Messages that wait in a queue.", board.queue_lengths(), label="queue"),
        *_gauge("jobs_active", "Jobs that are not over, by state.", _active(backend), label="state"),
        *_gauge("steps_leased", "Steps that a worker works on.", {"": board.leased_steps()}),
        *_gauge("workers_live", "Compute workers that gave a sign of life lately.", {"": board.live_workers()}),
    )
    return "\n".join(lines) + "\n"


def _active(backend: Backend) -> Mapping[str, int]:
    ids = [keys.job_of_active(info.key) for info in backend.store.list(keys.ACTIVE_PREFIX)]
    found = Counter(job.state for job in backend.jobs.resources(ids, live=True))
    return {state.value: found[state] for state in JobState if state not in TERMINAL}


def _gauge(name: str, meaning: str, values: Mapping[str, int], *, label: str = "") -> Iterator[str]:
    """A number, or one for each value of a label; these are names of ours, in which nothing needs to be escaped."""
    yield f"# HELP florescope_{name} {meaning}"
    yield f"# TYPE florescope_{name} gauge"
    for value, count in values.items():
        labels = f'{{{label}="{value}"}}' if label else ""
        yield f"florescope_{name}{labels} {count}"
