from __future__ import annotations

import time

import pytest

from dispatch import live_workers
from dispatch.connection import Connection


@pytest.mark.parametrize("clock", [0.0, 4e9], ids=["behind", "ahead"])
def test_the_clocks_of_hosts_do_not_matter(
    connection: Connection, monkeypatch: pytest.MonkeyPatch, clock: float
) -> None:
    workers = connection.board.workers
    with monkeypatch.context() as elsewhere:
        elsewhere.setattr(time, "time", lambda: clock)
        workers.announce("compute@elsewhere")
    workers.announce("compute@here")
    assert workers.count() == 2
    monkeypatch.setattr(time, "time", lambda: clock)
    assert workers.count() == 2


def test_a_worker_that_is_silent_for_long_enough_is_not_counted(
    connection: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    workers = connection.board.workers
    workers.announce("compute@here")
    assert workers.count() == 1
    with monkeypatch.context() as impatient:
        impatient.setattr(live_workers, "WORKER_TTL_S", 0.1)
        time.sleep(0.2)
        assert workers.count() == 0
    workers.announce("compute@here")
    assert workers.count() == 1
