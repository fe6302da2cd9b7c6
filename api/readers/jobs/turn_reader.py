"""Reads the turns of jobs: from the board, and from the store where the board does not know them."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress

from dispatch.board import Board
from dispatch.turns.turn_documents import read_turn
from jobs.errors import Corrupt, NewerVersion
from jobs.turns.turn import ShownTurn
from store.base import ObjectStore

_SHOWN = set(ShownTurn.model_fields)


class TurnReader:
    """Priority, deadline and pause of jobs that are not over."""

    def __init__(self, store: ObjectStore, board: Board) -> None:
        self._store = store
        self._board = board

    def live(self, job_ids: Iterable[str]) -> dict[str, ShownTurn]:
        """The turns of these jobs, with what their parents have; those that cannot be read are left out.

        Raises:
            BoardUnavailable: Redis does not answer.
        """
        wanted = list(job_ids)
        known = self._board.turns.of(wanted)
        found = {job_id: ShownTurn(**turn.model_dump(include=_SHOWN)) for job_id, turn in known.items()}
        for job_id in wanted:
            if job_id not in found:
                found |= self.stored(job_id)
        return found

    def stored(self, job_id: str) -> dict[str, ShownTurn]:
        """The turn of one job going by the store alone; nothing where it cannot be read."""
        with suppress(Corrupt, NewerVersion):
            return {job_id: ShownTurn(**read_turn(job_id, self._store).model_dump(include=_SHOWN))}
        return {}
