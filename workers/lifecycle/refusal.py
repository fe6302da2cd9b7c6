"""Tells an object that the store refuses from a store that does not answer: the one must not hold up other jobs."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import structlog

from jobs.errors import StoreUnavailable
from store.base import ObjectStore

_log = structlog.get_logger(__name__)


@contextmanager
def passed_over(job_id: str, store: ObjectStore, *, renew: Callable[[], None] = lambda: None) -> Iterator[None]:
    """Leave a job to a later round where the store refuses an object of it, and answers otherwise; the log says so.

    Args:
        job_id: which.
        store: where the job lies.
        renew: leads for another while, since a refusal may have taken several tries.

    Raises:
        StoreUnavailable: the store does not answer at all.
    """
    try:
        yield
    except StoreUnavailable as error:
        store.ping()
        renew()
        _log.error("job_not_reconciled", job_id=job_id, error=str(error))
