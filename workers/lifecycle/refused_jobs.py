"""Which jobs the store refused an object of lately: a round leaves these alone, since each try takes several."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager

from dispatch.refusal import passed_over
from workers.step.services import Services

AGAIN_AFTER_S = 60.0
TIMES_AS_LONG = 10
"""A job whose refusal took long, as that of a damaged disk does, is left alone for so many times as long."""


class RefusedJobs:
    """Those among the jobs of a round; what Redis knows of them goes by itself."""

    def __init__(self, job_ids: Iterable[str], services: Services, *, renew: Callable[[], None]) -> None:
        self._services = services
        self._renew = renew
        self._ids = set[str]()
        self.ask(job_ids)

    def ask(self, job_ids: Iterable[str]) -> None:
        """Find out which of further jobs the store refused an object of lately."""
        whats = {_what(job_id): job_id for job_id in job_ids}
        self._ids |= {whats[what] for what in self._services.board.rounds.not_yet(whats)}

    def __contains__(self, job_id: str) -> bool:
        return job_id in self._ids

    @contextmanager
    def passed_over(self, job_id: str) -> Iterator[None]:
        """Leave a job alone for a while where the store refuses an object of it now; others go on.

        Raises:
            StoreUnavailable: the store does not answer at all.
        """
        began_s = time.monotonic()

        def note() -> None:
            self.note(job_id, took_s=time.monotonic() - began_s)

        with passed_over(self._services.store, renew=note, job_id=job_id):
            yield

    def note(self, job_id: str, *, took_s: float = 0.0) -> None:
        """The store has refused an object of this job now, which took so long.

        Noted first: whoever has lost the lead goes no further, and the next leader is not to try it, too.
        """
        self._ids.add(job_id)
        self._services.board.rounds.at_most_every(_what(job_id), max(AGAIN_AFTER_S, TIMES_AS_LONG * took_s))
        self._renew()


def _what(job_id: str) -> str:
    return f"refused:{job_id}"
