"""Which jobs the store refused an object of lately: a round leaves these alone, since each try takes several."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager
from functools import partial

from dispatch.refusal import passed_over
from workers.step.services import Services

AGAIN_AFTER_S = 60.0


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

    def passed_over(self, job_id: str) -> AbstractContextManager[None]:
        """Leave a job alone for a while where the store refuses an object of it now; others go on.

        Raises:
            StoreUnavailable: the store does not answer at all.
        """
        return passed_over(self._services.store, renew=partial(self.note, job_id), job_id=job_id)

    def note(self, job_id: str) -> None:
        """The store has refused an object of this job now."""
        self._renew()
        self._ids.add(job_id)
        self._services.board.rounds.at_most_every(_what(job_id), AGAIN_AFTER_S)


def _what(job_id: str) -> str:
    return f"refused:{job_id}"
