"""A store in whose midst something happens."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from store.base import ObjectStore


class Disturbed:
    """Passes everything on to another store; before one of the calls, of one name or of any, something happens."""

    def __init__(self, store: ObjectStore, *, happens: Callable[[], object], after: int = 0, name: str = "") -> None:
        self._store, self._happens, self._left, self._name = store, happens, after, name

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._store, name)

        def call(*args: Any, **options: Any) -> Any:
            self._left -= self._name in {"", name}
            if self._left < 0:
                self._left = 10**9
                self._happens()
            return found(*args, **options)

        return call
