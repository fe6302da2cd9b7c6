"""Says in Prometheus' format what is going on, and what workers have counted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import structlog
from prometheus_client import CollectorRegistry, Gauge, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4

from api.backend import Backend
from api.http.caller import visible_projects
from api.metrics.active_jobs import count_active
from api.metrics.counted import Counted
from api.metrics.gpus import Gpus
from dispatch.board import Board
from dispatch.names import QUEUES
from jobs import keys
from jobs.errors import BoardUnavailable, StoreUnavailable
from jobs.live.at_work import WorkerSign

MEDIA_TYPE = CONTENT_TYPE_PLAIN_0_0_4
_log = structlog.get_logger(__name__)


def metrics(backend: Backend) -> bytes:
    """All numbers as they are now; where the store or Redis is away, this is said, and what it would tell is left out.

    Whoever watches so can tell an outage of either from one of the API. A caller who does not see all projects is told
    of the jobs of theirs alone.
    """
    registry, job_ids = CollectorRegistry(), _active(backend)
    _gauge(registry, "store_up", "Whether the object store answers.", job_ids is not None)
    redis_up = _from_board(registry, backend.board, whole=visible_projects() is None)
    if redis_up and job_ids is not None:
        redis_up = _from_jobs(registry, job_ids, backend.board)
    _gauge(registry, "redis_up", "Whether Redis answers and takes writes.", redis_up)
    return generate_latest(registry)


def _active(backend: Backend) -> list[str] | None:
    """The jobs that are not over and that the caller sees; None where the store does not say."""
    seen = visible_projects()
    try:
        job_ids = [keys.job_of_active(info.key) for info in backend.store.list(keys.ACTIVE_PREFIX)]
        if seen is None:
            return job_ids
        return [job_id for job_id, project in backend.jobs.projects(job_ids) if project in seen]
    except StoreUnavailable as error:
        _log.warning("metrics_without_store", error=str(error))
        return None


def _from_board(registry: CollectorRegistry, board: Board, *, whole: bool) -> bool:
    """What Redis knows by itself, ``whole`` of all projects together; False where it is away."""
    try:
        board.ping()
        if not whole:
            return True
        _gauges(registry, "queue_messages", "Messages that wait in a queue.", queue=board.queue_lengths())
        _gauge(registry, "steps_leased", "Steps that a worker works on.", board.leased_steps())
        _gauge(registry, "workers_live", "Compute workers that gave a sign of life lately.", board.workers.count())
        _staff(registry, board.staff.seen())
        memory = board.memory()
        _gauge(registry, "redis_memory_bytes", "Memory that Redis uses.", memory.used_bytes)
        _gauge(registry, "redis_memory_limit_bytes", "Memory that Redis may use; 0: no bound.", memory.limit_bytes)
        registry.register(Counted(board.metrics.read()))
    except BoardUnavailable as error:
        _log.warning("metrics_without_redis", error=str(error))
        return False
    return True


def _staff(registry: CollectorRegistry, signs: Sequence[WorkerSign]) -> None:
    """Who is there, and how full their disks are."""
    by_queue = {queue: sum(queue in sign.queues for sign in signs) for queue in QUEUES}
    _gauges(registry, "workers", "Workers that take steps from a queue.", queue=by_queue)
    free = {sign.worker: sign.disk_free for sign in signs if sign.disk_free is not None}
    meaning = "The share of the disk of a worker's temporary files that is free."
    _gauges(registry, "worker_disk_free_ratio", meaning, worker=free)
    registry.register(Gpus(signs))


def _from_jobs(registry: CollectorRegistry, job_ids: list[str], board: Board) -> bool:
    """What Redis knows of these jobs; False where it is away."""
    try:
        active = count_active(job_ids, board)
    except BoardUnavailable as error:
        _log.warning("metrics_without_redis", error=str(error))
        return False
    by_state = {state.value: count for state, count in active.by_state.items()}
    _gauges(registry, "jobs_active", "Jobs that are not over, by state.", state=by_state)
    meaning = "Steps to do, in a queue, postponed or being worked on, by queue: what workers are wanted for."
    _gauges(registry, "steps_open", meaning, queue=active.open_steps)
    return True


def _gauge(registry: CollectorRegistry, name: str, meaning: str, value: float) -> None:
    Gauge(f"florescope_{name}", meaning, registry=registry).set(value)


def _gauges(registry: CollectorRegistry, name: str, meaning: str, **by_label: Mapping[str, float]) -> None:
    """A number for each value of a label."""
    for label, values in by_label.items():
        gauge = Gauge(f"florescope_{name}", meaning, [label], registry=registry)
        for value, count in values.items():
            gauge.labels(value).set(count)
