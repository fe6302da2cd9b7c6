"""Workers clean up by the clock of Redis, whatever their own says."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from dispatch.board import Board
from dispatch.connection import Connection
from dispatch.housekeeping.delete import Wish, delete
from dispatch.housekeeping.deletions import deleted_things, is_deleted
from dispatch.housekeeping.retention_policies import write_retention
from dispatch.notice.outbox import KEPT_DAYS, put_test
from jobs import keys
from jobs.housekeeping.retention import Retention
from jobs.housekeeping.thing import job_thing
from jobs.notice import notice_keys
from jobs.notice.channel import Channel
from tests.integration.dispatch.housekeeping.conftest import Filled
from tests.services.worker_services import services_on
from workers.lifecycle.clean_up_round import clean_up_if_due
from workers.step.services import Services


@pytest.fixture
def advance(monkeypatch: pytest.MonkeyPatch) -> Callable[[timedelta], None]:
    """Moves the clock of Redis forward."""
    honest = Board.time_s

    def put(ahead: timedelta) -> None:
        monkeypatch.setattr(Board, "time_s", lambda board: honest(board) + ahead.total_seconds())

    return put


def cleaned(here: Services) -> None:
    """A round, however short a while ago the last one was."""
    here.board.rounds.at_once("clean_up")
    clean_up_if_due(here, every_s=60)


def test_a_deleted_job_is_removed_a_day_later_by_the_clock_of_redis(
    filled: Filled, connection: Connection, advance: Callable[[timedelta], None]
) -> None:
    here, job_id = services_on(connection, filled.store), filled.job()
    delete(Wish(job_thing(job_id), at=connection.board.now()), filled.store)
    cleaned(here)
    assert is_deleted(job_thing(job_id), filled.store)
    advance(timedelta(hours=26))
    cleaned(here)
    assert filled.store.head(keys.spec(job_id)) is None


def test_notices_go_by_the_clock_of_redis(
    filled: Filled, connection: Connection, advance: Callable[[timedelta], None]
) -> None:
    here = services_on(connection, filled.store)
    channel = Channel(name="ci", kind="webhook", url="https://example.org", created_at=connection.board.now())
    put_test("rose", channel, filled.store, asked_by="ada")
    cleaned(here)
    assert list(filled.store.list(notice_keys.SENT))
    connection.board.rounds.at_once("usage")
    advance(timedelta(days=KEPT_DAYS + 1))
    cleaned(here)
    assert not list(filled.store.list(notice_keys.SENT))


def test_what_is_kept_no_longer_goes_on_in_the_next_round_where_one_had_no_time_for_all(
    filled: Filled, connection: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    here = services_on(connection, filled.store)
    jobs = {job_thing(filled.job()) for _ in range(3)}
    write_retention("default", Retention(keep="1d"), filled.store)
    with monkeypatch.context() as short:
        short.setattr(
            "dispatch.housekeeping.clean_up.clean_up.__kwdefaults__", {"now": None, "for_s": 0.0, "by_age": True}
        )
        cleaned(here)
    assert deleted_things(filled.store) == set()
    cleaned(here)
    assert deleted_things(filled.store) == jobs
