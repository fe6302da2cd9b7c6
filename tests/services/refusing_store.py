"""A store that refuses some of its objects, as a disk with bad sectors or a policy of a bucket does, or is away."""

from __future__ import annotations

from typing import Any

from jobs.errors import StoreUnavailable
from store.memory import MemoryStore


class RefusingStore(MemoryStore):
    """Refuses whatever lies below ``refused``; everything while ``away``."""

    refused: str | None = None
    away = False

    def _ask(self, key: str) -> None:
        if self.away:
            raise StoreUnavailable(f"the store {self.url} does not answer")
        if self.refused is not None and key.startswith(self.refused):
            raise StoreUnavailable(f"the store {self.url} refuses {key}")

    def put(self, key: str, data: bytes, **options: Any) -> Any:
        """Write, unless it is refused."""
        self._ask(key)
        return super().put(key, data, **options)

    def get(self, key: str) -> bytes:
        """Read, unless it is refused."""
        self._ask(key)
        return super().get(key)

    def delete(self, key: str) -> None:
        """Remove, unless it is refused."""
        self._ask(key)
        super().delete(key)

    def head(self, key: str) -> Any:
        """Look, unless it is refused."""
        self._ask(key)
        return super().head(key)

    def list(self, prefix: str, **options: Any) -> Any:
        """List, unless it is refused."""
        self._ask(prefix)
        return super().list(prefix, **options)
