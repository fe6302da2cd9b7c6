"""What a page and the metrics cost in calls, however many jobs there are: never measured by a clock."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

import pytest

from api.backend import Backend, make_backend
from api.metrics.exposition import metrics
from api.readers.jobs.job_query import JobQuery
from dispatch.connection import Connection
from dispatch.job_index import segments
from jobs.job import Snapshot
from jobs.state import JobState
from store.memory import MemoryStore
from tests.services.counting_store import CountingStore
from tests.services.redis_calls import counted_round_trips
from tests.services.stored_jobs import end_stored_job, job_id_of, store_job
from workers.lifecycle.index_upkeep import keep_index

pytestmark = pytest.mark.usefixtures("looks_last_an_hour")
SWEEP = job_id_of(0)
QUERIES = [
    JobQuery(limit=10),
    JobQuery(limit=10, state=JobState.FAILED),
    JobQuery(limit=10, kind="explain"),
    JobQuery(limit=10, parent=SWEEP),
    JobQuery(limit=10, parent="", kind="train", state=JobState.SUCCEEDED),
    JobQuery(limit=10, after=job_id_of(45)),
]


def filled(jobs: int, *, running: int = 0) -> MemoryStore:
    """A store of so many jobs that are over, of all sorts, and of some newer ones that are not."""
    store = MemoryStore(f"{jobs} jobs")
    keep_index(set(), store)
    for number in range(jobs):
        kind, parent = ("explain", None) if number % 3 else ("train", SWEEP if number % 2 else None)
        job_id = store_job(store, number, kind=kind, parent=parent)
        end_stored_job(store, job_id, JobState.SUCCEEDED if number % 4 else JobState.FAILED)
        if number % 100 == 99:
            keep_index(set(), store)
    for number in range(jobs, jobs + running):
        store_job(store, number)
    return store


def calls_of(
    store: MemoryStore, connection: Connection, action: Callable[[Backend], object]
) -> tuple[Counter[str], int]:
    """Calls to the store, and round trips to Redis, of an API that has just started."""
    action(make_backend(store=store, board=connection.board, queue=connection.queue))  # Redis learns the scripts
    counted = CountingStore(store)
    backend = make_backend(store=counted, board=connection.board, queue=connection.queue)
    connection.board.ping()
    with counted_round_trips() as round_trips:
        action(backend)
        calls = Counter(call.split("/")[0] for call in counted.calls if "get index/segments" not in call)
        assert len(counted.calls) - calls.total() <= 2 * segments.FANOUT
        return calls, round_trips()


@pytest.mark.parametrize("query", QUERIES, ids=str)
def test_a_page_costs_the_same_of_many_jobs_as_of_few(connection: Connection, query: JobQuery) -> None:
    def page(backend: Backend) -> None:
        jobs, following = backend.jobs.page(query)
        assert len(jobs) == query.limit
        assert following
        assert all(query.matches(job) for job in jobs)

    few, many = (calls_of(filled(jobs), connection, page) for jobs in (250, 500))
    assert few == many
    assert few[0] == {
        "list active": 1,
        "list deletions": 1,
        "list index": 3,
        "get index": 1,
        "get jobs": 2 * (query.limit + 1),
    }


@pytest.mark.parametrize("begun", [True, False])
def test_a_page_of_jobs_that_run_asks_for_each_one_nothing_but_what_was_asked_for(
    connection: Connection, begun: bool
) -> None:
    def page(backend: Backend) -> None:
        jobs, _ = backend.jobs.page(JobQuery(limit=10))
        assert {job.state for job in jobs} == {JobState.RUNNING if begun else JobState.QUEUED}

    costs = []
    for running in (20, 40):
        store = filled(120, running=running)
        for number in range(120, 120 + running if begun else 120):
            connection.board.progress.publish(Snapshot(job_id=job_id_of(number), state=JobState.RUNNING))
        costs.append(calls_of(store, connection, page))
    assert costs[0] == costs[1]
    assert costs[0][0] == {
        "list active": 1 if begun else 2,
        "list deletions": 1,
        "list index": 3,
        "get index": 1,
        "get jobs": 11,
    }


def test_the_metrics_of_many_active_jobs_cost_the_calls_of_few(connection: Connection) -> None:
    costs = []
    for running in (20, 40):
        store = filled(0, running=running)
        connection.board.progress.publish(Snapshot(job_id=job_id_of(0), state=JobState.RUNNING))
        costs.append(calls_of(store, connection, metrics))
    assert costs[0] == costs[1]
    assert costs[0][0] == {"list active": 1}
    assert costs[0][1] <= 10
