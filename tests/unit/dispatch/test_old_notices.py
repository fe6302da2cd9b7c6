"""Notices are kept for a while."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from ulid import ULID

from dispatch.notice.outbox import KEPT_DAYS, notices_of, put_notice, remove_old_notices, waiting_notices
from jobs.notice import notice_keys
from jobs.notice.notice import TEST, Notice
from store.memory import MemoryStore
from tests.services.refusing_store import RefusingStore

NOW = datetime(2026, 6, 1, tzinfo=UTC)


def told(store: MemoryStore, *, days_ago: float, submitted_days_ago: float | None = None) -> str:
    """A notice of so many days ago that still waits; of a job that was submitted then, or earlier."""
    at = NOW - timedelta(days=days_ago)
    submitted = at if submitted_days_ago is None else NOW - timedelta(days=submitted_days_ago)
    made = str(ULID.from_datetime(submitted)).lower()
    body = {"type": TEST, "data": {}}
    put_notice(Notice(id=made, project="rose", channel="ci", event=TEST, created_at=at, body=body, next_at=at), store)
    times: dict[str, datetime] = getattr(store, "_written_at")  # noqa: B009
    times[notice_keys.notice("rose", made)] = at
    return made


def test_what_was_told_long_ago_is_removed_and_not_sent_any_more() -> None:
    store = MemoryStore("notices")
    told(store, days_ago=KEPT_DAYS + 1)
    kept = told(store, days_ago=KEPT_DAYS - 1)
    assert remove_old_notices(store, now=NOW) == 1
    assert [info.key for info in store.list(notice_keys.SENT)] == [notice_keys.notice("rose", kept)]
    assert list(waiting_notices(store)) == [("rose", kept)]


def test_lists_show_the_last_days_the_newest_first() -> None:
    store, now = MemoryStore("notices"), datetime.now(UTC)
    ids = [str(ULID.from_datetime(now - timedelta(days=days))).lower() for days in (40, 2, 1)]
    for made in ids:
        body = {"type": TEST, "data": {}}
        put_notice(
            Notice(id=made, project="rose", channel="ci", event=TEST, created_at=now, body=body, next_at=now), store
        )
    assert [each.id for each in notices_of("rose", store)] == [ids[2], ids[1]]


def test_one_that_the_store_does_not_let_go_keeps_no_other_from_being_removed() -> None:
    store = RefusingStore("refusing")
    kept, removed = (told(store, days_ago=KEPT_DAYS + days) for days in (2, 1))
    store.refused = notice_keys.notice("rose", kept)
    assert remove_old_notices(store, now=NOW) == 1
    store.refused = None
    assert [info.key for info in store.list(notice_keys.SENT)] == [notice_keys.notice("rose", kept)]
    assert removed not in {notice_id for _, notice_id in waiting_notices(store)}


def test_a_notice_of_today_is_kept_however_long_ago_its_job_was_submitted() -> None:
    store = MemoryStore("old job")
    kept = told(store, days_ago=0, submitted_days_ago=KEPT_DAYS + 10)
    assert remove_old_notices(store, now=NOW) == 0
    assert list(waiting_notices(store)) == [("rose", kept)]
