"""What a worker works with, for a worker without Celery."""

from __future__ import annotations

from dispatch.connection import Connection
from store.base import ObjectStore
from workers.step.services import Services

WORKER = "test@here"


def services_on(connection: Connection, store: ObjectStore) -> Services:
    """What a worker has, on this broker and this store."""
    return Services.of(connection, store, worker=WORKER, code_version="0.1.0+abc")
