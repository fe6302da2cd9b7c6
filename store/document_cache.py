"""Keeps documents of a store that never change once they are written: those that were read last, for an hour."""

from __future__ import annotations

import threading
from collections import OrderedDict
from typing import Generic, TypeVar

from jobs.value import Document
from store.base import ObjectStore
from store.kept_hour import this_hour

AT_LEAST_BYTES = 1024
"""The least that a document counts for: a decoded one takes memory however short its JSON is."""
Kind = TypeVar("Kind", bound=Document)


class DocumentCache(Generic[Kind]):
    """Documents of one kind, by key; safe among threads.

    A bound in bytes holds whatever the documents are; a bound in numbers would not: a report of 0.1.0 holds all of its
    records.
    """

    def __init__(self, kind: type[Kind], *, max_bytes: int) -> None:
        """Keep nothing yet.

        Args:
            kind: decodes them.
            max_bytes: of JSON; decoded, it takes several times as much memory. One document is kept in any case.
        """
        self._kind = kind
        self._max_bytes = max_bytes
        self._lock = threading.Lock()
        self._kept: OrderedDict[str, tuple[Kind, int, int]] = OrderedDict()
        self._bytes = 0

    def read(self, key: str, store: ObjectStore, *, keep: bool = True) -> Kind:
        """The document under this key, from the store where it is not kept; without ``keep`` from there in any case.

        Raises:
            ObjectNotFound: nothing lies under this key.
            Corrupt, NewerVersion: it cannot be read.
        """
        hour = this_hour()
        with self._lock:
            if keep and key in self._kept and self._kept[key][2] == hour:
                self._kept.move_to_end(key)
                return self._kept[key][0]
        data = store.get(key)
        document = self._kind.decode(data)
        if keep:
            self._keep(key, document, max(len(data), AT_LEAST_BYTES), hour=hour)
        return document

    def _keep(self, key: str, document: Kind, size: int, *, hour: int) -> None:
        with self._lock:
            _, before, _ = self._kept.pop(key, (None, 0, 0))
            self._kept[key] = document, size, hour
            self._bytes += size - before
            while self._bytes > self._max_bytes and len(self._kept) > 1:
                _, (_, dropped, _) = self._kept.popitem(last=False)
                self._bytes -= dropped
