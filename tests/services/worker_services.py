"""What a worker works with, for a worker without Celery."""

from __future__ import annotations

from dispatch.connection import Connection
from store.base import ObjectStore
from workers.step.job_events import JobEvents
from workers.step.services import DataFolders, Services

WORKER = "test@here"


def services_on(connection: Connection, store: ObjectStore) -> Services:
    """What a worker has, on this broker and this store."""
    return Services(
        store=store,
        board=connection.board,
        leases=connection.leases,
        windows=connection.windows,
        queue=connection.queue,
        events=JobEvents(connection.celery, WORKER),
        folders=DataFolders(),
        worker=WORKER,
        code_version="0.1.0+abc",
    )
