"""Counts queues, jobs, steps and workers for Prometheus."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from prometheus_client import CollectorRegistry, Gauge, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4

from api.backend import Backend
from dispatch.in_parts import in_parts
from jobs import keys
from jobs.state import TERMINAL, JobState

MEDIA_TYPE = CONTENT_TYPE_PLAIN_0_0_4
JOBS_AT_ONCE = 1000


def metrics(backend: Backend) -> bytes:
    """All numbers as they are now.

    Raises:
        StoreUnavailable, BoardUnavailable: nothing can be said without either.
    """
    board, registry = backend.board, CollectorRegistry()
    _gauges(registry, "queue_messages", "Messages that wait in a queue.", queue=board.queue_lengths())
    _gauges(registry, "jobs_active", "Jobs that are not over, by state.", state=_active(backend))
    leased = Gauge("florescope_steps_leased", "Steps that a worker works on.", registry=registry)
    leased.set(board.leased_steps())
    live = Gauge("florescope_workers_live", "Compute workers that gave a sign of life lately.", registry=registry)
    live.set(board.workers.count())
    return generate_latest(registry)


def _active(backend: Backend) -> Mapping[str, int]:
    """By state; of no job is anything read but what the board has of all together."""
    ids = [keys.job_of_active(info.key) for info in backend.store.list(keys.ACTIVE_PREFIX)]
    found = Counter[JobState]()
    for part in in_parts(ids, JOBS_AT_ONCE):
        snapshots, stopped = backend.board.progress.snapshots(part), backend.board.looks.stopped(part)
        live = {job_id: snapshot.state for job_id, snapshot in snapshots.items()}
        found.update(JobState.CANCELLING if job_id in stopped else live.get(job_id, JobState.QUEUED) for job_id in part)
    return {state.value: found[state] for state in JobState if state not in TERMINAL}


def _gauges(registry: CollectorRegistry, name: str, meaning: str, **by_label: Mapping[str, int]) -> None:
    """A number for each value of a label."""
    for label, values in by_label.items():
        gauge = Gauge(f"florescope_{name}", meaning, [label], registry=registry)
        for value, count in values.items():
            gauge.labels(value).set(count)
