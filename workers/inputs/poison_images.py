"""Finds the images that end their worker: each is noted before it is touched, and cleared when its worker lives."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from pydantic import Field

from jobs import keys
from jobs.errors import Corrupt, ObjectNotFound
from jobs.value import Document
from store.base import ObjectStore

_POISON_AFTER_DEATHS = 2
# Where no image of the shard has been worked on to its end, the model may be what ends the workers.
_DOUBTFUL_AFTER_DEATHS = 5


class PoisonNote(Document):
    """How many workers died while an image was under way, by its place in the split; 0 where it came through."""

    deaths: dict[int, int] = Field(default_factory=dict)


class PoisonImages:
    """The note of one step, in the object store: it must outlive the worker that writes it."""

    def __init__(self, store: ObjectStore, key: str) -> None:
        self._store = store
        self._key = key
        self._deaths = _noted(key, store)

    def is_poison(self, index: int) -> bool:
        """Whether this image ended so many workers that it is not tried again."""
        return self._deaths.get(index, 0) >= _POISON_AFTER_DEATHS

    def reason(self, index: int) -> str:
        """Why it is not tried again, for its record."""
        return f"its worker died {self._deaths.get(index, 0)} times on this image"

    @contextmanager
    def under_way(self, index: int) -> Iterator[None]:
        """Note the image while it is read and worked on; it is cleared if the worker lives."""
        before = self._deaths.get(index, 0)
        self._write(index, before + 1)
        try:
            yield
        except MemoryError:  # the note stays: the next time, the image may end the worker
            raise
        except BaseException:  # the worker lives, and the work was interrupted: the note is taken back
            self._write(index, before or None)
            raise
        self._write(index, 0)

    def _write(self, index: int, deaths: int | None) -> None:
        if deaths is None:
            del self._deaths[index]
        else:
            self._deaths[index] = deaths
        self._store.put(self._key, PoisonNote(deaths=self._deaths).encode())


def deaths_by_images(job_id: str, step: str, store: ObjectStore) -> int:
    """How many workers of this step certain images ended, as far as it is sure that it was the images."""
    deaths = _noted(keys.suspect(job_id, step), store).values()
    blamed = sum(deaths)
    return blamed if 0 in deaths else min(blamed, _DOUBTFUL_AFTER_DEATHS)


def _noted(key: str, store: ObjectStore) -> dict[int, int]:
    """What is noted; a note that cannot be read is begun anew, which costs two more workers at most."""
    try:
        return dict(PoisonNote.decode(store.get(key)).deaths)
    except (ObjectNotFound, Corrupt):
        return {}
