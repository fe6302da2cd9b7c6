"""A store that notes each call that goes through it, for tests of what grows with the number of things."""

from __future__ import annotations

from typing import Any

from store.base import ObjectStore

NOTED = frozenset({"put", "put_file", "get", "get_file", "stream", "head", "list", "delete"})


class CountingStore:
    """Passes everything on to another store; ``calls`` holds the name and the key of each call."""

    def __init__(self, store: ObjectStore) -> None:
        self._store = store
        self.calls: list[str] = []

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._store, name)
        if name not in NOTED:
            return found

        def noted(key: str, *args: Any, **options: Any) -> Any:
            self.calls.append(f"{name} {key}")
            return found(key, *args, **options)

        return noted
