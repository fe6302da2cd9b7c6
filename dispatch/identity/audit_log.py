"""Writes and reads the audit log: one object for each event, never changed and never removed."""

from __future__ import annotations

from collections.abc import Iterator

from dispatch.refusal import readable
from jobs.identity import identity_keys
from jobs.identity.audit_event import AuditEvent
from store.base import ObjectStore


def record(event: AuditEvent, store: ObjectStore) -> None:
    """Store an event under its day."""
    key = identity_keys.audit_event(event.at.date().isoformat(), event.id)
    store.put(key, event.encode(), if_absent=True, content_type="application/json")


def events_of(day: str, store: ObjectStore, *, before: str | None = None) -> Iterator[AuditEvent]:
    """The events of a day (``2026-01-31``), the newest first; ``before`` an id, those that are older."""
    prefix = identity_keys.audit_day(day)
    ids = sorted((info.key.removeprefix(prefix).removesuffix(".json") for info in store.list(prefix)), reverse=True)
    for event_id in ids:
        if before is None or event_id < before:
            event = readable(identity_keys.audit_event(day, event_id), AuditEvent.decode, store)
            if event is not None:
                yield event
