"""Shows the page of operations: what goes on in the whole installation."""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from api.backend import BackendOf
from api.pages.templates import render
from api.routes.operations import get_operations
from dispatch.housekeeping.usage_count import read_usage
from jobs.errors import BoardUnavailable

router = APIRouter(include_in_schema=False)


@router.get("/operations")
def show_operations(request: Request, backend: BackendOf) -> HTMLResponse:
    """Workers, queues, running jobs, failures and disks; without the broker, that it does not answer."""
    try:
        context = {"now": get_operations(backend), "usage": read_usage(backend.store), "trouble": None}
        return render(request, "operations.html", context)
    except BoardUnavailable as error:
        return render(request, "operations.html", {"now": None, "trouble": str(error)}, status=503)
