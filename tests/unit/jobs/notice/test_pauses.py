"""When a notice that was not taken is tried again."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest

from jobs.notice.notice import TEST, Attempt, Notice, NoticeState, notice_id
from jobs.notice.pauses import PAUSES_S, after

NOW = datetime(2026, 1, 1, tzinfo=UTC)


def notice() -> Notice:
    return Notice(id="one", project="rose", channel="chat", event=TEST, created_at=NOW, body={}, next_at=NOW)


def attempt(*, delivered: bool) -> Attempt:
    return Attempt(at=NOW, took_s=0.1, delivered=delivered, outcome="answered 200" if delivered else "answered 500")


def test_pauses_grow_until_a_notice_is_given_up() -> None:
    tried, pauses = notice(), []
    while tried.state is NoticeState.WAITING:
        tried = after(tried, attempt(delivered=False))
        pauses += [(tried.next_at - NOW).total_seconds()] if tried.next_at else []
    assert tuple(pauses) == PAUSES_S
    assert all(first < second for first, second in pairwise(pauses))
    assert tried.state is NoticeState.GIVEN_UP
    assert len(tried.attempts) == len(PAUSES_S) + 1


def test_what_was_taken_is_not_sent_again() -> None:
    tried = after(after(notice(), attempt(delivered=False)), attempt(delivered=True))
    assert (tried.state, tried.next_at) == (NoticeState.DELIVERED, None)
    assert [each.delivered for each in tried.attempts] == [False, True]


def test_a_receiver_that_is_gone_for_good_is_not_asked_again() -> None:
    tried = after(notice(), attempt(delivered=False), for_good=True)
    assert (tried.state, tried.next_at) == (NoticeState.GIVEN_UP, None)


@pytest.mark.parametrize(("spread", "factor"), [(0.0, 1.0), (1.0, 1.2)])
def test_pauses_are_spread_by_up_to_a_fifth(spread: float, factor: float) -> None:
    tried = after(notice(), attempt(delivered=False), spread=spread)
    assert tried.next_at == NOW + timedelta(seconds=PAUSES_S[0] * factor)


def test_a_job_and_a_channel_have_one_notice() -> None:
    assert notice_id("job", "chat") == notice_id("job", "chat")
    assert len({notice_id("job", "chat"), notice_id("job", "mail"), notice_id("other", "chat")}) == 3
