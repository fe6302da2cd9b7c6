"""What many jobs cost: a page of them after a start of the API, a round of reconciliation, one beat of a worker.

Processor time, not time on a clock: other processes on the machine hardly change it. Redis and the S3 server are
processes of their own on loopback, and their time does not count as this process's.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import redis

from api.backend import make_backend
from api.metrics.exposition import metrics
from api.readers.jobs.job_index import Listed
from api.readers.jobs.job_query import JobQuery
from dispatch.connection import Connection, connect
from dispatch.job_index.segments import ROWS, merge, write_segment
from jobs import keys
from jobs.job import Snapshot
from jobs.lists.index_row import IndexRow
from jobs.lists.job_facts import JobFacts
from jobs.state import JobState
from jobs.turns.turn import Turn
from store.base import ObjectStore
from store.open_store import open_store
from store.s3.options import S3Options
from tests.services.moto_server import moto_server
from tests.services.redis_server import RedisServer, redis_server
from tests.services.stored_jobs import end_stored_job, job_id_of, store_job
from workers.lifecycle.index_upkeep import keep_index
from workers.lifecycle.reconcile import reconcile
from workers.step.services import Services

JOBS, ACTIVE, STEPS, BEATS, PAGE = 10_000, 1_000, 15_625, 2_000, 50
RUNNING = 20
PAGES: Mapping[str, JobQuery] = {
    "first": JobQuery(limit=PAGE),
    "failed": JobQuery(limit=PAGE, state=JobState.FAILED),
    "kind": JobQuery(limit=PAGE, kind="explain"),
    "parent": JobQuery(limit=PAGE, parent=job_id_of(0)),
    "searched": JobQuery(limit=PAGE, text="roses flowers"),
    "sorted": JobQuery(limit=PAGE, sort="-accuracy"),
}


def jobs_page(*, jobs: int = JOBS) -> dict[str, float]:
    """Processor seconds of the first page, unfiltered and filtered, of an API that has just started."""
    with tempfile.TemporaryDirectory() as folder, redis_server(Path(folder)) as server:
        connection = connect(redis_url=server.url)
        local = (Path(folder) / "store").as_uri()
        found = _pages("local", lambda: open_store(local), connection, jobs)
        with moto_server() as moto:
            moto.create_bucket("scale")
            found |= _pages("s3", lambda: _open_s3(moto.options), connection, jobs)
    return found


def reconcile_round(*, jobs: int = ACTIVE) -> dict[str, float]:
    """Processor seconds of a round over so many active jobs of which nothing is missing, and of the metrics."""
    with tempfile.TemporaryDirectory() as folder, redis_server(Path(folder)) as server:
        store = open_store((Path(folder) / "store").as_uri())
        services = Services.of(connect(redis_url=server.url), store, worker="bench@here")
        for number in range(jobs):
            under_way(job_id_of(number), services)
        keep_index(set(), services.store)
        redis.Redis.from_url(server.url).set("florescope:next:index", "1")
        reconcile(services)
        before = redis_cpu_s(server)
        _require(reconcile(services) == 0, "a step was missing")
        board = redis_cpu_s(server) - before
        spent = min(_cpu_s(lambda: reconcile(services)) for _ in range(5))
        backend = make_backend(store=services.store, board=services.board, queue=services.queue)
        numbers = min(_cpu_s(lambda: metrics(backend)) for _ in range(5))
    return {"reconcile_cpu_s": spent, "reconcile_redis_s": board, "metrics_cpu_s": numbers}


def beat(*, steps: int = STEPS) -> dict[str, float]:
    """Microseconds of Redis' processor time that one beat of a worker takes, within a job of so many steps."""
    with tempfile.TemporaryDirectory() as folder, redis_server(Path(folder)) as server:
        board = connect(redis_url=server.url).board
        board.progress.counts.note("job", {f"shard-{number:05d}": (64, 0) for number in range(steps)})
        view = Snapshot(job_id="job", state=JobState.RUNNING)
        before = redis_cpu_s(server)
        for number in range(BEATS):
            board.progress.beat("job", "shard-00007", done=number % 64, failed=0, view=view)
        return {"beat_redis_us": 1e6 * (redis_cpu_s(server) - before) / BEATS}


def _pages(name: str, opened: Callable[[], ObjectStore], connection: Connection, jobs: int) -> dict[str, float]:
    _fill(opened(), jobs)
    found = {}
    for page, query in PAGES.items():
        label = "jobs_page_cpu_s" if page == "first" else f"jobs_page_{page}_cpu_s"
        found[f"{label}_{name}"] = min(_first_page_s(query, opened(), connection) for _ in range(3))
    return found


def _first_page_s(query: JobQuery, store: ObjectStore, connection: Connection) -> float:
    store.ping()  # as an API does before it serves
    backend = make_backend(store=store, board=connection.board, queue=connection.queue)

    def read() -> None:
        rows, _ = backend.jobs.page(query)
        _require(len(rows) == PAGE, f"the page holds {len(rows)} jobs, not {PAGE}")

    return _cpu_s(read)


def _fill(store: ObjectStore, jobs: int) -> None:
    """An index of so many jobs, and the documents of those that the pages show."""
    rows = [_row(number) for number in range(jobs - RUNNING)]
    for start in range(0, len(rows), ROWS):
        part = rows[start : start + ROWS]
        write_segment(part, store, level=0, facts={row.id: _facts(row).row() for row in part})
        merge(store)
    shown = [_shown(query, rows)[: PAGE + 1] for query in PAGES.values()]
    for row in sorted({row for page in shown for row in page}):
        number = int(row.id[10:])
        job_id = store_job(store, number, kind=row.kind, parent=row.parent or None, noted=False)
        end_stored_job(store, job_id, JobState(row.state), noted=False)
    keep_index(set(), store)
    for number in range(jobs - RUNNING, jobs):
        store_job(store, number)


def _row(number: int) -> IndexRow:
    kind = "explain" if number % 40 == 0 else "train"
    state = JobState.FAILED if number % 50 == 1 else JobState.SUCCEEDED
    return IndexRow(job_id_of(number), kind, state.value, job_id_of(0) if number % 60 == 3 else "")


def _facts(row: IndexRow) -> JobFacts:
    number = int(row.id[10:])
    name = f"roses {number}" if number % 7 == 0 else f"petals {number}"
    return JobFacts(
        name=name, dataset="synthetic_flowers", model="rose", accuracy=number % 997 / 997, duration_s=number
    )


def _shown(query: JobQuery, rows: list[IndexRow]) -> list[IndexRow]:
    """Those that a page of an index of these rows shows, in its order."""
    listed = [(Listed(row, False, settled=True), _facts(row)) for row in rows if _shows(query, row)]
    found = query.in_order([(each, facts) for each, facts in listed if query.fits(each, facts)])
    return [each.row for each in found]


def _shows(query: JobQuery, row: IndexRow) -> bool:
    kind, parent = query.kind in {None, row.kind}, query.parent in {None, row.parent}
    return kind and parent and query.state in {None, row.end}


def under_way(job_id: str, services: Services) -> None:
    """Have a job of 20 shards run, two of which are out."""
    services.store.put(keys.active(job_id), b"", flushed=False)
    services.board.turns.put(job_id, Turn())
    services.windows.begin(job_id, [f"shard-{number:05d}" for number in range(20)])
    for step in services.windows.advance(job_id, size=2).enqueue:
        services.queue.enqueue(job_id, step)
    services.board.progress.publish(Snapshot(job_id=job_id, state=JobState.RUNNING))


def _open_s3(options: S3Options) -> ObjectStore:
    return open_store("s3://scale/jobs", s3=options)


def _cpu_s(action: Callable[[], object]) -> float:
    started = time.process_time()
    action()
    return time.process_time() - started


def redis_cpu_s(server: RedisServer) -> float:
    """Processor seconds that Redis has used."""
    used: Any = redis.Redis.from_url(server.url).info("cpu")
    return float(used["used_cpu_user"]) + float(used["used_cpu_sys"])


def _require(holds: bool, otherwise: str) -> None:
    if not holds:
        raise RuntimeError(f"what was to be measured is not there: {otherwise}")
