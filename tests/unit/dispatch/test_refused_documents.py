"""A list whose document the store refuses holds the others."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from dispatch.housekeeping.usage_count import count_usage
from dispatch.identity.audit_log import events_of, record
from dispatch.identity.key_ring import KeyRequest, create_key, list_keys
from dispatch.notice.outbox import notices_of, put_test
from jobs import keys
from jobs.identity import identity_keys
from jobs.identity.audit_event import AuditEvent
from jobs.identity.dataset_record import DatasetRecord
from jobs.identity.role import Role
from jobs.notice import notice_keys
from jobs.notice.channel import Channel
from tests.services.refusing_store import RefusingStore

NOW = datetime.now(UTC)
DAY = NOW.date().isoformat()


@pytest.fixture
def store() -> RefusingStore:
    return RefusingStore("lists")


def test_the_keys(store: RefusingStore) -> None:
    refused, kept = (create_key(KeyRequest(name, Role.VIEWER, ("rose",)), store)[0] for name in ("anna", "ben"))
    store.refused = identity_keys.api_key(refused.id)
    assert [key.id for key in list_keys(store)] == [kept.id]


def test_the_audit_log(store: RefusingStore) -> None:
    for name in ("a", "b"):
        about = dict.fromkeys(("who", "key_id", "role", "action", "target", "project"), "")
        record(AuditEvent(id=name, at=NOW, status=200, **about), store)
    store.refused = identity_keys.audit_event(DAY, "b")
    assert [event.id for event in events_of(DAY, store)] == ["a"]


def test_the_notices_of_a_project(store: RefusingStore) -> None:
    channel = Channel(name="ci", kind="webhook", url="https://example.org", created_at=NOW)
    refused, kept = (put_test("rose", channel, store, asked_by="") for _ in range(2))
    store.refused = notice_keys.notice("rose", refused.id)
    assert [notice.id for notice in notices_of("rose", store)] == [kept.id]


def test_the_use_of_room(store: RefusingStore) -> None:
    for folder in ("lily", "rose"):
        told = DatasetRecord(folder=folder, project="default", submitter="anna", created_at=NOW)
        store.put(keys.dataset_record(folder), told.encode())
        store.put(f"{keys.DATASETS_PREFIX}{folder}/1.jpg", b"picture")
    store.refused = keys.dataset_record("lily")
    usage = count_usage(store)
    assert [(each.submitter, each.bytes) for each in usage.submitters] == [("anna", len(b"picture"))]
    assert sum(each.objects for each in usage.items if each.kind == "datasets") == 2
