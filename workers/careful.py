"""Finding the one image that keeps ending its worker: note each before it is touched, forgive it after."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from pydantic import Field

from jobs import keys
from jobs.errors import ObjectNotFound
from jobs.value import Value
from workers.step_context import StepContext

_CONDEMNED_AFTER = 2


class SuspectNote(Value):
    """How many workers died while this image was under way."""

    deaths: dict[str, int] = Field(default_factory=dict)


class Suspects:
    """The note of one step, in the object store: the worker that wrote it may not live to tell."""

    def __init__(self, context: StepContext) -> None:
        self._store = context.services.store
        self._key = keys.suspect(context.job.id, context.step)
        try:
            self._deaths = dict(SuspectNote.decode(self._store.get(self._key)).deaths)
        except ObjectNotFound:
            self._deaths = {}

    def condemned(self, image_id: str) -> str | None:
        """Why this image is not tried again, or None."""
        deaths = self._deaths.get(image_id, 0)
        return f"its worker died {deaths} times on this image" if deaths >= _CONDEMNED_AFTER else None

    @contextmanager
    def under_way(self, image_id: str) -> Iterator[None]:
        """Hold the image under suspicion while it is worked on; it is cleared if the worker lives."""
        before = self._deaths.get(image_id, 0)
        self._write(image_id, before + 1)
        try:
            yield
        except BaseException:  # the worker lives, the work was interrupted: as if it had not begun
            self._write(image_id, before)
            raise
        self._write(image_id, 0)

    def _write(self, image_id: str, deaths: int) -> None:
        self._deaths[image_id] = deaths
        self._store.put(self._key, SuspectNote(deaths=self._deaths).encode())
