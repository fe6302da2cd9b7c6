"""Notices in the store: what is to be sent, and what became of it. What is written down here is sent, whoever dies.

The notice itself comes first, then the marker that has it sent; the marker goes last, once the notice is over.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from ulid import ULID

from dispatch.refusal import passed_over, readable
from jobs.errors import ObjectExists, ObjectNotFound
from jobs.notice import notice_keys
from jobs.notice.channel import Channel
from jobs.notice.notice import TEST, Notice, NoticeState
from store.base import ObjectStore

JSON = "application/json"
SHOWN_DAYS, KEPT_DAYS = 30, 90
_TIME_LETTERS = 10
"""How many first letters of an id tell its time."""


def put_notice(notice: Notice, store: ObjectStore) -> None:
    """Have a notice sent; once more is fine, and sends nothing again that is over."""
    try:
        store.put(notice_keys.notice(notice.project, notice.id), notice.encode(), if_absent=True, content_type=JSON)
    except ObjectExists:
        if read_notice(notice.project, notice.id, store).state is not NoticeState.WAITING:
            return
    store.put(notice_keys.waiting(notice.project, notice.id), b"")


def put_test(project: str, channel: Channel, store: ObjectStore, *, asked_by: str) -> Notice:
    """Have a test sent by a channel."""
    now, made = datetime.now(UTC), str(ULID()).lower()
    data = {"project": project, "channel": channel.name, "asked_by": asked_by}
    body = {"type": TEST, "timestamp": now.isoformat(), "data": data}
    notice = Notice(id=made, project=project, channel=channel.name, event=TEST, created_at=now, body=body, next_at=now)
    put_notice(notice, store)
    return notice


def read_notice(project: str, notice_id: str, store: ObjectStore) -> Notice:
    """A notice and its tries.

    Raises:
        ObjectNotFound: there is none.
    """
    try:
        return Notice.decode(store.get(notice_keys.notice(project, notice_id)))
    except ObjectNotFound as error:
        raise ObjectNotFound(f"there is no notice {notice_id!r}") from error


def note_attempt(notice: Notice, store: ObjectStore) -> None:
    """Write down how the last try went; one that is over is not sent again."""
    store.put(notice_keys.notice(notice.project, notice.id), notice.encode(), content_type=JSON)
    if notice.state is not NoticeState.WAITING:
        store.delete(notice_keys.waiting(notice.project, notice.id))


def waiting_notices(store: ObjectStore) -> Iterator[tuple[str, str]]:
    """Project and id of each notice that is to be sent."""
    for info in store.list(notice_keys.WAITING):
        yield notice_keys.waiting_notice(info.key)


def remove_old_notices(store: ObjectStore, *, now: datetime) -> int:
    """Remove what was told more than ``KEPT_DAYS`` ago, sent or not; returns how many the store let go.

    The id of a notice tells when its job was submitted, which may have been long before its end.
    """
    since, old, removed = now - timedelta(days=KEPT_DAYS), [], 0
    before = _time_of(since)
    for info in store.list(notice_keys.SENT):
        project, _, name = info.key.removeprefix(notice_keys.SENT).partition("/")
        if name < before and (info.modified_at is None or info.modified_at < since):
            old.append((project, name.removesuffix(".json")))
    for project, notice_id in old:
        with passed_over(store, notice=notice_id):
            store.delete(notice_keys.waiting(project, notice_id))
            store.delete(notice_keys.notice(project, notice_id))
            removed += 1
    return removed


def _time_of(moment: datetime) -> str:
    """The first letters of ids that are made at this time."""
    return str(ULID.from_datetime(moment)).lower()[:_TIME_LETTERS]


def notices_of(project: str, store: ObjectStore, *, job_id: str | None = None, limit: int = 50) -> list[Notice]:
    """The newest notices of a project that are at most ``SHOWN_DAYS`` old, or those of one of its jobs."""
    prefix = notice_keys.notices(project)
    since = _time_of(datetime.now(UTC) - timedelta(days=SHOWN_DAYS))
    listed = store.list(f"{prefix}{job_id}-") if job_id else store.list(prefix, after=f"{prefix}{since}")
    names = sorted((info.key for info in listed), reverse=True)[:limit]
    found = (readable(name, Notice.decode, store) for name in names)
    return [notice for notice in found if notice is not None]
