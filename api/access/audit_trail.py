"""Writes down who changed something, or tried to, before they are answered."""

from __future__ import annotations

import time
from collections import OrderedDict
from datetime import UTC, datetime

import structlog
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from ulid import ULID

from api.http.caller import Caller
from api.http.security import SAFE_METHODS
from dispatch.identity.audit_log import record
from jobs.errors import JobError
from jobs.identity.audit_event import AuditEvent
from store.base import ObjectStore

ACTION, CALLER = "action", "caller"
"""What the gate puts into the state of a request."""
ONE_EVENT_S = 60.0
"""Pictures that somebody puts into a folder within this time are one event."""
_PUT_PICTURE = "PUT /v1/datasets/{path}"
_MOST_KEPT, _LONGEST = 1000, 500
_log = structlog.get_logger(__name__)


class AuditTrail:
    """ASGI middleware right around the routes. Reading leaves no trace, nor does whoever has no key."""

    def __init__(self, app: ASGIApp, store: ObjectStore) -> None:
        self._app = app
        self._store = store
        self._recent: OrderedDict[tuple[str, str], float] = OrderedDict()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request that changes something once it is written down."""
        if scope["type"] != "http" or scope["method"] in SAFE_METHODS:
            await self._app(scope, receive, send)
            return
        answered = False

        async def noting(message: Message) -> None:
            nonlocal answered
            if message["type"] == "http.response.start":
                answered = True
                await self._note(scope, message["status"])
            await send(message)

        try:
            await self._app(scope, receive, noting)
        except Exception:  # a bug, which is answered further out; something may have been changed before it
            if not answered:
                await self._note(scope, 500)
            raise

    async def _note(self, scope: Scope, status: int) -> None:
        state = scope.get("state", {})
        caller: Caller | None = state.get(CALLER)
        if caller is not None and caller.key_id:
            event = _event(scope, state.get(ACTION, ""), caller, status)
            if self._is_new(event):
                await run_in_threadpool(_write, event, self._store)

    def _is_new(self, event: AuditEvent) -> bool:
        """False of a picture that follows others into the same folder."""
        if event.action != _PUT_PICTURE or event.status >= 400:
            return True
        now, name = time.monotonic(), (event.key_id, event.target.rpartition("/")[0])
        last = self._recent.get(name)
        if last is not None and now < last + ONE_EVENT_S:
            return False
        self._recent[name] = now
        if len(self._recent) > _MOST_KEPT:
            self._recent.popitem(last=False)
        return True


def note_sign_in(request: Request, caller: Caller, store: ObjectStore) -> None:
    """Write down that somebody signed in, which a GET does, since the provider sends browsers back so."""
    _write(_event(request.scope, request.state.action, caller, 303), store)


def _event(scope: Scope, action: str, caller: Caller, status: int) -> AuditEvent:
    return AuditEvent(
        id=str(ULID()).lower(),
        at=datetime.now(UTC),
        who=caller.name,
        key_id=caller.key_id,
        role=caller.role.value,
        action=action,
        target=str(scope["path"])[:_LONGEST],
        project=caller.project,
        status=status,
        client=scope["client"][0] if scope.get("client") else "",
    )


def _write(event: AuditEvent, store: ObjectStore) -> None:
    try:
        record(event, store)
    except JobError as error:  # what was done is done: it stands in the log of this process, at least
        _log.error("audit_event_not_stored", error=str(error), **event.model_dump(mode="json"))
