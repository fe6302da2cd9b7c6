"""Pauses queues and has steps taken from them again."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, HTTPException, Path
from pydantic import BaseModel

from api.backend import Backend, BackendOf
from api.http.caller import current_caller
from api.http.problem_responses import problems
from dispatch.names import PAUSABLE_QUEUES
from dispatch.turns.shared_rules import stored_rules
from jobs.turns.turn import Pause

router = APIRouter(prefix="/v1/queues", tags=["operations"])
Queue = Annotated[str, Path(description=f"One of {', '.join(PAUSABLE_QUEUES)}.", max_length=64)]


class PausableQueue(BaseModel):
    """A queue, and who paused it; null while nobody has."""

    queue: str
    pause: Pause | None


class QueueList(BaseModel):
    """All queues that can be paused."""

    items: list[PausableQueue]


@router.get("", responses=problems(422, 503))
def list_queues(backend: BackendOf) -> QueueList:
    """The queues that can be paused."""
    pauses = stored_rules(backend.store).pauses
    return QueueList(items=[PausableQueue(queue=queue, pause=pauses.get(queue)) for queue in PAUSABLE_QUEUES])


@router.post("/{queue}:pause", responses=problems(404, 422, 503))
def pause_queue(queue: Queue, backend: BackendOf) -> PausableQueue:
    """Take no further step from a queue. Steps under way go on to their end."""
    _known(queue)
    backend.turns.pause_queue(queue, current_caller().name)
    return _shown(queue, backend)


@router.post("/{queue}:resume", responses=problems(404, 422, 503))
def resume_queue(queue: Queue, backend: BackendOf) -> PausableQueue:
    """Take steps from a queue again."""
    _known(queue)
    backend.turns.resume_queue(queue)
    return _shown(queue, backend)


def _known(queue: str) -> None:
    if queue not in PAUSABLE_QUEUES:
        raise HTTPException(404, f"there is no queue {queue!r} that can be paused: {', '.join(PAUSABLE_QUEUES)} can")


def _shown(queue: str, backend: Backend) -> PausableQueue:
    return PausableQueue(queue=queue, pause=stored_rules(backend.store).pauses.get(queue))
