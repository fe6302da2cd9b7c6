"""What a project's lists cost in calls, however many jobs and models other projects have."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

import pytest

from api.backend import Backend, make_backend
from api.http.caller import ANYBODY, Caller, set_caller
from api.readers.jobs.job_query import JobQuery
from dispatch.connection import Connection
from jobs import keys
from jobs.models.model import PublishedModel
from store.memory import MemoryStore
from tests.integration.api.access.conftest import OTHER, OWN
from tests.integration.api.conftest import ROSE
from tests.services.counting_store import CountingStore
from tests.services.stored_jobs import end_stored_job, store_job
from workers.lifecycle.index_upkeep import keep_index

pytestmark = pytest.mark.usefixtures("looks_last_an_hour")
SEES_OWN = Caller(name="anna", projects=frozenset({OWN}), project=OWN)


def filled(others: int) -> MemoryStore:
    """Three jobs with models of the project ``rose``, beneath so many of another one."""
    store = MemoryStore(f"{others} others")
    keep_index(set(), store)
    for number in range(others + 3):
        project = OWN if number < 3 else OTHER
        job_id = store_job(store, number, project=project)
        end_stored_job(store, job_id)
        model = {**ROSE, "id": job_id, "job_id": job_id, "project": project}
        store.put(keys.model(job_id), PublishedModel(**model, class_names=("a", "b")).encode())
    keep_index(set(), store)
    return store


def calls_of(others: int, connection: Connection, action: Callable[[Backend], object]) -> Counter[str]:
    """How often each method of the store is called, from a fresh process on, by somebody who sees ``rose``."""
    counting = CountingStore(filled(others))
    backend = make_backend(store=counting, board=connection.board, queue=connection.queue)
    set_caller(SEES_OWN)
    try:
        action(backend)
    finally:
        set_caller(ANYBODY)
    return Counter(call.split(" ")[0] for call in counting.calls)


def test_a_page_of_jobs(connection: Connection) -> None:
    def page(backend: Backend) -> None:
        assert len(backend.jobs.page(JobQuery(limit=2), live=False)[0]) == 2

    assert calls_of(120, connection, page) == calls_of(240, connection, page)


def test_a_list_of_models(connection: Connection) -> None:
    def models(backend: Backend) -> None:
        assert len(backend.models.ids()) == 3

    assert calls_of(120, connection, models) == calls_of(240, connection, models)
