"""Whether this process lives, and whether it can do its work."""

from __future__ import annotations

from fastapi import APIRouter

from api.backend import BackendOf
from api.examples import problems
from api.readiness import check_ready

router = APIRouter(tags=["health"])


@router.get("/livez")
async def livez() -> dict[str, str]:
    """The process answers; nothing else is asked."""
    return {"status": "alive"}


@router.get("/readyz", responses=problems(503))
def readyz(backend: BackendOf) -> dict[str, str]:
    """The store takes, keeps and returns objects, and the broker answers."""
    check_ready(store=backend.store, board=backend.board)
    return {"status": "ready", "store": "ok", "broker": "ok"}
