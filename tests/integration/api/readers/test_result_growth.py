"""What looking images up costs in calls, however many shards a job has."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

import pytest

from api.backend import Backend, make_backend
from api.readers.artifact_index import ArtifactIndex
from api.readers.images.result_query import ResultQuery
from dispatch.connection import Connection
from jobs.errors import ObjectNotFound
from jobs.plan import FINALIZE
from jobs.results.images.image_filter import ImageFilter
from jobs.results.record import Outcome
from store.memory import MemoryStore
from tests.services.counting_store import CountingStore
from tests.services.fake_explanation import JOB, plan_of, work
from tests.services.redis_server import RedisServer
from tests.services.worker_services import services_on

pytestmark = pytest.mark.usefixtures("looks_last_an_hour")
SIZE = 4


def explained(shards: int, connection: Connection, server: RedisServer, *, finalized: bool = True) -> MemoryStore:
    store = MemoryStore(f"{shards} shards")
    server.empty()
    plan = plan_of(SIZE * shards, shard_size=SIZE)
    work(plan, [*plan.steps, *([FINALIZE] if finalized else [])], services_on(connection, store))
    return store


def calls(store: MemoryStore, connection: Connection, *looks: Callable[[Backend], object]) -> list[Counter[str]]:
    """Calls to the store of each look, one after another, of an API that has just started."""
    backend = make_backend(store=(counted := CountingStore(store)), board=connection.board, queue=connection.queue)
    found = []
    for look in looks:
        counted.calls.clear()
        look(backend)
        found.append(Counter(call.split()[0] for call in counted.calls))
    return found


def page(backend: Backend) -> None:
    query = ResultQuery(ImageFilter(outcome=(Outcome.ERROR,), sort="-relative_delta"), limit=2)
    found, following = backend.results.page(JOB.id, query)
    assert [image.record.error for image in found] == ["cannot be decoded"] * 2
    assert following


def record(backend: Backend) -> None:
    assert backend.results.find(JOB.id, "17.jpg").record.index == 17


def picture(backend: Backend) -> None:
    index = ArtifactIndex(backend.store, backend.reports, backend.results, JOB.id)
    with pytest.raises(ObjectNotFound, match=r"has no file '17\.jpg/gradcam\.png'"):
        index.find("17.jpg/gradcam.png")


@pytest.mark.parametrize(("look", "first", "again"), [(page, 4, 0), (record, 5, 0), (picture, 6, 0)])
def test_a_job_of_many_shards_costs_the_calls_of_one_of_few(
    connection: Connection, shared_redis: RedisServer, look: Callable[[Backend], object], first: int, again: int
) -> None:
    costs = [calls(explained(shards, connection, shared_redis), connection, look, look) for shards in (6, 12)]
    assert costs[0] == costs[1]
    assert [cost.total() for cost in costs[0]] == [first, again]


def test_a_page_of_a_job_that_runs_reads_of_each_shard_what_is_new(
    connection: Connection, shared_redis: RedisServer
) -> None:
    costs = [
        calls(explained(shards, connection, shared_redis, finalized=False), connection, page, page)
        for shards in (6, 12)
    ]
    first, again = zip(*costs, strict=True)
    assert first[1] - first[0] == {"get": 6, "get_file": 6}
    assert again[0] == again[1] == {"list": 1, "head": 2}


def test_an_image_is_found_by_its_id_in_any_order(connection: Connection, shared_redis: RedisServer) -> None:
    store = explained(6, connection, shared_redis)
    backend = make_backend(store=store, board=connection.board, queue=connection.queue)
    for index in range(6 * SIZE):
        assert backend.results.find(JOB.id, f"{index}.jpg").record.index == index
    with pytest.raises(ObjectNotFound, match=r"has not explained an image '99\.jpg'"):
        backend.results.find(JOB.id, "99.jpg")
