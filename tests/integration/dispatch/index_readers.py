"""What lists jobs by the index, without Redis."""

from __future__ import annotations

from api.readers.jobs.job_reader import JobReader
from api.readers.queue_reader import QueueReader
from dispatch.connection import connect
from store.base import ObjectStore


def readers(store: ObjectStore) -> JobReader:
    """What lists jobs; nothing is asked of Redis, which is not there."""
    away = connect(redis_url="redis://127.0.0.1:1")
    return JobReader(store, away.board, QueueReader(away.board, away.queue, store))
