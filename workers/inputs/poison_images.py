"""Finding the one image that keeps ending its worker: note each before it is touched, forgive it after."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from pydantic import Field

from jobs import keys
from jobs.errors import Corrupt, ObjectNotFound
from jobs.value import Value
from store.base import ObjectStore
from workers.step.step_context import StepContext

_CONDEMNED_AFTER = 2
# Where no image has come through, it may be the model that ends the workers, whichever image is first.
_DOUBTFUL_AFTER = 5


class PoisonNote(Value):
    """How many workers died while an image was under way, by its place in the split; 0 where it came through."""

    deaths: dict[int, int] = Field(default_factory=dict)


class PoisonImages:
    """The note of one step, in the object store: the worker that wrote it may not live to tell."""

    def __init__(self, context: StepContext) -> None:
        self._store = context.services.store
        self._key = keys.suspect(context.job.id, context.step)
        self._deaths = _noted(self._key, self._store)

    def condemned(self, index: int) -> str | None:
        """Why this image is not tried again, or None."""
        deaths = self._deaths.get(index, 0)
        return f"its worker died {deaths} times on this image" if deaths >= _CONDEMNED_AFTER else None

    @contextmanager
    def under_way(self, index: int) -> Iterator[None]:
        """Hold the image under suspicion while it is read and worked on; it is cleared if the worker lives."""
        before = self._deaths.get(index, 0)
        self._write(index, before + 1)
        try:
            yield
        except BaseException:  # the worker lives, the work was interrupted: as if it had not begun
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
    return blamed if 0 in deaths else min(blamed, _DOUBTFUL_AFTER)


def _noted(key: str, store: ObjectStore) -> dict[int, int]:
    """What is noted; a note that cannot be read is begun anew, which costs two more workers at most."""
    try:
        return dict(PoisonNote.decode(store.get(key)).deaths)
    except (ObjectNotFound, Corrupt):
        return {}
