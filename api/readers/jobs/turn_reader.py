"""Reads the turns of jobs: from the board, and from the store where the board does not know them."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from dispatch.board import Board
from dispatch.refusal import unless_refused
from dispatch.turns.turn_documents import read_turn, turn_of
from jobs.errors import Corrupt, NewerVersion
from jobs.job import JobResource
from jobs.turns.turn import JobTurn, ShownTurn
from store.base import ObjectStore

_SHOWN = set(ShownTurn.model_fields)


class TurnReader:
    """Priority, deadline and pause of jobs that are not over."""

    def __init__(self, store: ObjectStore, board: Board) -> None:
        self._store = store
        self._board = board

    def live(self, jobs: Sequence[JobResource]) -> dict[str, ShownTurn]:
        """The turns of these jobs, with what their parents have; those that cannot be read are left out.

        What the board does not know, as after a loss of Redis, is read from the store once, and shown there again.

        Raises:
            BoardUnavailable: Redis does not answer.
        """
        turns = self._board.turns
        known = turns.of(job.id for job in jobs)
        unknown = [job for job in jobs if job.id not in known]
        for job in unknown:
            stored = self._stored(job.id)
            if stored is not None:
                turns.put(job.id, turn_of(job, stored))
        if unknown:
            known |= turns.of(job.id for job in unknown)
        return {job_id: _shown(turn) for job_id, turn in known.items()}

    def stored(self, job_id: str) -> ShownTurn | None:
        """The turn of one job going by the store alone; None where it cannot be read."""
        found = self._stored(job_id)
        return None if found is None else _shown(found)

    def _stored(self, job_id: str) -> JobTurn | None:
        """None where it cannot be read, or the store refuses it alone."""
        try:
            return unless_refused(partial(read_turn, job_id, self._store), self._store, otherwise=None, job_id=job_id)
        except (Corrupt, NewerVersion):
            return None


def _shown(turn: ShownTurn) -> ShownTurn:
    return ShownTurn(**turn.model_dump(include=_SHOWN))
