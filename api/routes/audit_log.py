"""Shows who changed what."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from itertools import islice
from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel, BeforeValidator, Field

from api.backend import BackendOf
from api.http.caller import current_caller
from api.http.problem_responses import problems
from api.routes.jobs import After, Limit
from dispatch.identity.audit_log import events_of
from jobs.identity.audit_event import AuditEvent
from jobs.value import SCHEMA_VERSION

router = APIRouter(prefix="/v1/audit-log", tags=["identity"])


def _iso(value: str) -> str:
    if not _DAY.fullmatch(value):
        raise ValueError(f"write a day as {date(2026, 1, 31).isoformat()}")
    return value


_DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
IsoDay = Annotated[date, BeforeValidator(_iso)]
Day = Annotated[IsoDay | None, Query(alias="date", description="Of the events, in UTC; today by default.")]


class AuditItem(AuditEvent):
    """Who did what, when, on what."""

    schema_version: int = Field(default=SCHEMA_VERSION, exclude=True)  # of the stored document, not of this answer


class AuditPage(BaseModel):
    """Events of one day, the newest first."""

    items: list[AuditItem]
    next: str | None


@router.get("", responses=problems(422, 503))
def read_audit_log(backend: BackendOf, day: Day = None, limit: Limit = 50, after: After = None) -> AuditPage:
    """Who changed something in your projects, or tried to, on a day."""
    caller, wanted = current_caller(), day or datetime.now(UTC).date()
    events = events_of(wanted.isoformat(), backend.store, before=after)
    found = list(islice((event for event in events if caller.sees(event.project)), limit + 1))
    shown = [AuditItem(**event.model_dump(exclude={"schema_version"})) for event in found[:limit]]
    return AuditPage(items=shown, next=shown[-1].id if len(found) > limit else None)
