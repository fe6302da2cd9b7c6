"""Tells what goes on in the whole installation."""

from __future__ import annotations

from fastapi import APIRouter

from api.backend import BackendOf
from api.http.problem_responses import problems
from api.readers.operations import Operations, operations

router = APIRouter(prefix="/v1/operations", tags=["operations"])


@router.get("", responses=problems(422, 503))
def get_operations(backend: BackendOf) -> Operations:
    """Workers and what each does, queues, running jobs, the day's jobs, the latest failures, disks of this machine."""
    return operations(backend.store, backend.board, backend.queue, backend.jobs)
