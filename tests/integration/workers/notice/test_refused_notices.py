"""A notice that the store refuses waits; all others are sent."""

from __future__ import annotations

from dataclasses import replace

import pytest

from dispatch.notice.outbox import notices_of, put_test
from jobs.errors import StoreUnavailable
from jobs.notice import notice_keys
from jobs.notice.channel import Channel
from tests.integration.workers.notice.conftest import PROJECT, Sender
from tests.services.refusing_store import RefusingStore
from workers.notice import send_due
from workers.notice.outcome import Outcome

REFUSED = [f"a-{number}" for number in range(20)]


@pytest.fixture
def store() -> RefusingStore:
    return RefusingStore("refusing")


@pytest.fixture
def refusing(sender: Sender, store: RefusingStore, monkeypatch: pytest.MonkeyPatch) -> Sender:
    """A sender whose store refuses some of its objects; every try succeeds."""
    monkeypatch.setattr(send_due, "deliver", lambda *_, **__: Outcome(delivered=True, words="answered 200"))
    return replace(sender, services=replace(sender.services, store=store))


@pytest.fixture
def channel(refusing: Sender) -> Channel:
    return refusing.channel()


@pytest.mark.parametrize("refused", [f"{notice_keys.SENT}a-", "notices/channels/a-"])
def test_what_is_refused_of_many_projects_keeps_no_notice_of_another_from_being_sent(
    refusing: Sender, store: RefusingStore, channel: Channel, refused: str
) -> None:
    for project in (*REFUSED, PROJECT):
        put_test(project, channel, store, asked_by="anna")
    store.refused = refused
    assert refusing.send() == 1
    assert [each.attempts[0].outcome for each in notices_of(PROJECT, store)] == ["answered 200"]


def test_a_refused_notice_is_looked_at_again_later(refusing: Sender, store: RefusingStore, channel: Channel) -> None:
    notice = put_test(PROJECT, channel, store, asked_by="anna")
    store.refused = notice_keys.notices(PROJECT)
    assert refusing.send() == 0
    store.refused = None
    assert refusing.send() == 0, "not yet"
    send_due._later.clear()
    assert refusing.send() == 1
    assert [each.id for each in notices_of(PROJECT, store)] == [notice.id]


def test_a_store_that_is_away_ends_the_round(refusing: Sender, store: RefusingStore, channel: Channel) -> None:
    put_test(PROJECT, channel, store, asked_by="anna")
    store.away = True
    with pytest.raises(StoreUnavailable):
        refusing.send()
