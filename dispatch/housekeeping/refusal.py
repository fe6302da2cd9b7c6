"""Goes on where the store refuses a single object, as with rights of its own or on a damaged disk, and answers else."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

import structlog

from jobs.errors import StoreUnavailable
from store.base import ObjectStore

_log = structlog.get_logger(__name__)
T = TypeVar("T")


def unless_refused(read: Callable[[], T], store: ObjectStore, *, otherwise: T) -> T:
    """What was read, or ``otherwise`` where the store refuses that alone.

    Raises:
        StoreUnavailable: it does not answer at all.
    """
    try:
        return read()
    except StoreUnavailable as error:
        store.ping()
        _log.warning("object_refused", error=str(error))
        return otherwise
