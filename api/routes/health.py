"""Whether this process lives, and whether it can do its work."""

from __future__ import annotations

from fastapi import APIRouter

from api.backend import BackendOf
from api.examples import problems

router = APIRouter(tags=["health"])


@router.get("/livez")
async def livez() -> dict[str, str]:
    """The process answers; nothing else is asked."""
    return {"status": "alive"}


@router.get("/readyz", responses=problems(503))
def readyz(backend: BackendOf) -> dict[str, str]:
    """The store, which has shown that it takes, keeps and returns objects, answers, and so does the broker."""
    backend.readiness.check()
    return {"status": "ready", "store": "ok", "broker": "ok"}
