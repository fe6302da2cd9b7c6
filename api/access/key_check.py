"""Finds out whose an API key is, asking the store once in a few seconds."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable
from datetime import UTC, datetime

import structlog
from starlette.concurrency import run_in_threadpool

from dispatch.identity.key_ring import read_key
from jobs.errors import Corrupt, ObjectNotFound, StoreUnavailable
from jobs.identity.api_key import ApiKey, parts_of
from store.base import ObjectStore

_log = structlog.get_logger(__name__)
KEPT_S = 5.0
"""A key that was revoked is of use for no longer than this."""
BELIEVED_S = 300.0
"""While the store is away, a key that was last met longer ago is not believed: it may be revoked by now."""
MOST_KEPT = 1024


class KeyCheck:
    """Keys that were asked for lately. For the event loop: not safe among threads."""

    def __init__(self, store: ObjectStore, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._store = store
        self._clock = clock
        self._kept: OrderedDict[str, tuple[float, ApiKey | None]] = OrderedDict()

    async def holder(self, text: str) -> ApiKey | None:
        """The key that somebody sent; None where it is none, has expired or was revoked."""
        parts = parts_of(text)
        key = await self.by_id(parts[0]) if parts else None
        return key if key is not None and parts and key.has_secret(parts[1]) else None

    async def by_id(self, key_id: str) -> ApiKey | None:
        """The key of this id, if it is of use now."""
        kept_until, known = self._kept.get(key_id, (0.0, None))
        key = known
        if self._clock() >= kept_until:
            believed = known if self._clock() < kept_until + BELIEVED_S else None
            key = await run_in_threadpool(self._read, key_id, believed)
            self._kept[key_id] = self._clock() + KEPT_S, key
            self._kept.move_to_end(key_id)
            while len(self._kept) > MOST_KEPT:
                self._kept.popitem(last=False)
        return key if key is not None and key.valid_at(datetime.now(UTC)) else None

    def forget(self, key_id: str) -> None:
        """Ask the store again for this key, which was changed just now."""
        self._kept.pop(key_id, None)

    def _read(self, key_id: str, known: ApiKey | None) -> ApiKey | None:
        """What the store says of a key; while it does not answer, what it said last. A damaged one is of no use."""
        try:
            return read_key(key_id, self._store)
        except ObjectNotFound:
            return None
        except Corrupt as error:  # else a browser with its session could not even show the form to log in anew
            _log.error("key_unreadable", key_id=key_id, error=str(error))
            return None
        except StoreUnavailable:
            if known is None:
                raise
            return known
