"""Stores the turns of jobs, and makes of each what the board shows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from jobs import keys
from jobs.errors import ObjectNotFound
from jobs.job import Origin
from jobs.turns.turn import JobTurn, Turn
from store.base import ObjectStore


def read_turn(job_id: str, store: ObjectStore) -> JobTurn:
    """The stored turn of a job; the usual one where nobody asked for another."""
    try:
        return JobTurn.decode(store.get(keys.turn(job_id)))
    except ObjectNotFound:
        return JobTurn(job_id=job_id)


def write_turn(before: JobTurn, changes: Mapping[str, Any], store: ObjectStore) -> JobTurn:
    """Change priority, deadline or pause; of two who write at once, the later one wins.

    Raises:
        ValueError: a value is not allowed.
    """
    known = before.model_dump(exclude={"schema_version"})
    turn = JobTurn.model_validate({**known, **changes, "revision": before.revision + 1})
    store.put(keys.turn(turn.job_id), turn.encode(), content_type="application/json")
    return turn


def turn_of(job: Origin, stored: JobTurn) -> Turn:
    """What the board is to know of the turn of this job."""
    return Turn(
        project=job.project,
        parent=job.parent,
        priority=stored.priority,
        deadline=stored.deadline,
        pause=stored.pause,
        revision=stored.revision,
    )
