"""Says whether this process lives, whether it can work, and how much work there is."""

from __future__ import annotations

from fastapi import APIRouter, Response
from fastapi.responses import PlainTextResponse

from api.backend import BackendOf
from api.http.problem_responses import problems
from api.metrics.exposition import MEDIA_TYPE, metrics

router = APIRouter(tags=["health"])


@router.get("/livez", responses=problems(422))
async def livez() -> dict[str, str]:
    """The process answers; nothing else is asked."""
    return {"status": "alive"}


@router.get("/readyz", responses=problems(422, 503))
def readyz(backend: BackendOf) -> dict[str, str]:
    """The store, which has shown that it takes, keeps and returns objects, answers, and so does the broker."""
    backend.readiness.check()
    return {"status": "ready", "store": "ok", "broker": "ok"}


@router.get("/metrics", response_class=PlainTextResponse, responses=problems(422))
def get_metrics(backend: BackendOf) -> Response:
    """Queues, jobs, steps and workers in numbers, for Prometheus; also whether the store and Redis answer."""
    return Response(metrics(backend), media_type=MEDIA_TYPE, headers={"Cache-Control": "no-store"})
