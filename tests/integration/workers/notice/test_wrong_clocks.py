"""Notices are sent when they are due by Redis' clock: a host whose clock is wrong changes nothing."""

from __future__ import annotations

from datetime import datetime, timedelta, tzinfo
from typing import Self

import pytest

from tests.integration.workers.notice.conftest import Sender


@pytest.fixture
def _ahead(monkeypatch: pytest.MonkeyPatch) -> None:
    class Ahead(datetime):
        @classmethod
        def now(cls, tz: tzinfo | None = None) -> Self:
            return cls.fromtimestamp(datetime.now(tz).timestamp() + timedelta(days=1).total_seconds(), tz)

    for module in ("job_notices", "send_due"):
        monkeypatch.setattr(f"workers.notice.{module}.datetime", Ahead, raising=False)


@pytest.mark.usefixtures("_ahead")
def test_what_a_host_ahead_of_the_others_wrote_is_sent_at_once(sender: Sender, monkeypatch: pytest.MonkeyPatch) -> None:
    sender.channel()
    sender.end(sender.submit())
    monkeypatch.undo()
    assert sender.send() == 1


@pytest.mark.usefixtures("_ahead")
def test_the_pause_before_the_next_try_is_that_of_redis(sender: Sender) -> None:
    sender.channel("500")
    sender.end(sender.submit())
    assert sender.send() == 1
    (notice,) = sender.notices()
    assert notice.next_at is not None
    assert timedelta(0) < notice.next_at - sender.services.board.now() < timedelta(minutes=1)
