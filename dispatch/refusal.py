"""Tells an object that the store refuses from a store that does not answer: the one must not hold up all others.

A store refuses single objects with rights of their own, or on a damaged disk.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import TypeVar

import structlog

from dispatch.rounds import no_lead
from jobs.errors import Corrupt, NewerVersion, ObjectNotFound, StoreUnavailable
from store.base import ObjectStore

_log = structlog.get_logger(__name__)
T = TypeVar("T")


@contextmanager
def passed_over(store: ObjectStore, *, renew: Callable[[], None] = no_lead, **fields: str) -> Iterator[None]:
    """Leave what is done here where the store refuses an object of it, and answers otherwise; the log says so.

    Args:
        store: that is asked.
        renew: leads for another while, since a refusal may have taken several tries.
        fields: for the log, such as ``job_id``.

    Raises:
        StoreUnavailable: the store does not answer at all.
    """
    try:
        yield
    except StoreUnavailable as error:
        store.ping()
        renew()
        _log.warning("object_refused", error=str(error), **fields)


def unless_refused(
    read: Callable[[], T], store: ObjectStore, *, otherwise: T, renew: Callable[[], None] = no_lead, **fields: str
) -> T:
    """What was read, or ``otherwise`` where the store refuses that alone; see ``passed_over``.

    Raises:
        StoreUnavailable: it does not answer at all.
    """
    with passed_over(store, renew=renew, **fields):
        return read()
    return otherwise


def readable(key: str, decode: Callable[[bytes], T], store: ObjectStore) -> T | None:
    """The document of a list; None where it is gone, damaged, of a later release, or refused alone.

    Raises:
        StoreUnavailable: the store does not answer at all.
    """
    with passed_over(store, key=key), suppress(Corrupt, NewerVersion, ObjectNotFound):
        return decode(store.get(key))
    return None
