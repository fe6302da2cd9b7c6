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
    """How many workers died while an image was under way, by its place in the split; 0 where it came through.

    Attributes:
        under_way: the image that is counted already, should its worker die now.
        deaths_before: of the step, when this one was begun with: where none has come since, its worker lives.
    """

    deaths: dict[int, int] = Field(default_factory=dict)
    under_way: int | None = None
    deaths_before: int = 0


class PoisonImages:
    """The note of one step, in the object store: it must outlive the worker that writes it."""

    def __init__(self, store: ObjectStore, key: str, *, deaths: int) -> None:
        """Read the note; ``deaths`` tells how many workers the step has ended by now."""
        self._store = store
        self._key = key
        self._step_deaths = deaths
        self._deaths = _noted(key, store, deaths=deaths)

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
        self._write(index, before + 1, under_way=index)
        try:
            yield
        except MemoryError:  # the note stays: the next time, the image may end the worker
            raise
        except BaseException:  # the worker lives, and the work was interrupted: the note is taken back
            self._write(index, before or None)
            raise
        self._write(index, 0)

    def _write(self, index: int, deaths: int | None, *, under_way: int | None = None) -> None:
        if deaths is None:
            del self._deaths[index]
        else:
            self._deaths[index] = deaths
        note = PoisonNote(deaths=self._deaths, under_way=under_way, deaths_before=self._step_deaths)
        self._store.put(self._key, note.encode())


def deaths_by_images(job_id: str, step: str, store: ObjectStore) -> int:
    """How many workers of this step certain images ended, as far as it is sure that it was the images."""
    deaths = _noted(keys.suspect(job_id, step), store).values()
    blamed = sum(deaths)
    return blamed if 0 in deaths else min(blamed, _DOUBTFUL_AFTER_DEATHS)


def _noted(key: str, store: ObjectStore, *, deaths: int | None = None) -> dict[int, int]:
    """What is noted; a note that cannot be read is begun anew, which costs two more workers at most.

    An image whose worker lives, but could not take the note back since the store was away, is not blamed.
    """
    try:
        note = PoisonNote.decode(store.get(key))
    except (ObjectNotFound, Corrupt):
        return {}
    found = dict(note.deaths)
    if note.under_way in found and note.deaths_before == deaths:
        found[note.under_way] -= 1
        if not found[note.under_way]:
            del found[note.under_way]
    return found
