"""The Idempotency-Keys of a removed job go with it, however many others there are."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from dispatch import rounds
from dispatch.connection import Connection
from dispatch.housekeeping.clean_up import clean_up
from dispatch.idempotency_note import IdempotencyNote
from dispatch.rounds import Rounds
from dispatch.submission import idempotency_note
from jobs import keys
from jobs.housekeeping import housekeeping_keys
from jobs.lists import index_keys
from jobs.lists.index_row import IndexState
from store.memory import MemoryStore
from tests.integration.dispatch.housekeeping.conftest import START, Filled
from tests.services.counting_store import CountingStore

MONTH = timedelta(days=30)


def other_keys(filled: Filled, number: int) -> None:
    """Keys of jobs that were made at another time."""
    for each in range(number):
        note = IdempotencyNote(job_id="0" * 26, spec_sha256="0" * 64)
        filled.store.put(where := idempotency_note(f"other {each}", project="default"), note.encode())
        filled.written(where, at=START + MONTH)


def removed(filled: Filled, connection: Connection) -> list[str]:
    found = clean_up(filled.store, connection.board, now=datetime.now(UTC))
    assert found is not None
    return [each.name for each in found.removed]


def counted(connection: Connection, *, jobs: int, others: int) -> Counter[str]:
    """The calls by which a round removes some jobs, by what is done where."""
    store = CountingStore(MemoryStore(f"{jobs} of {others}"))
    filled = Filled(store)
    store.put(index_keys.STATE, IndexState(complete=True).encode())
    made = filled.due(jobs)
    filled.pack()
    other_keys(filled, others)
    store.calls.clear()
    assert removed(filled, connection) == made
    return Counter("/".join(call.split("/")[: 2 if "index" in call else 1]) for call in store.calls)


def test_keys_of_other_times_are_not_read(connection: Connection) -> None:
    few, many = (counted(connection, jobs=4, others=others) for others in (3, 60))
    assert few["get idempotency"] == many["get idempotency"] == 4
    assert few == many


def test_keys_and_index_are_listed_once_however_many_jobs_are_removed(connection: Connection) -> None:
    few, many = (counted(connection, jobs=jobs, others=3) for jobs in (4, 16))
    for calls in (few, many):
        assert calls["list idempotency"] == 1
    index = [{call: number for call, number in each.items() if " index/" in call} for each in (few, many)]
    assert index[0] == index[1]


@pytest.mark.parametrize("minutes", [-59, 59])
def test_a_clock_may_differ_by_an_hour_from_that_of_the_store(
    filled: Filled, connection: Connection, minutes: int
) -> None:
    (job_id,) = filled.due(1)
    where = idempotency_note(job_id, project="default")
    filled.written(where, at=START + timedelta(minutes=minutes))
    assert removed(filled, connection) == [job_id]
    assert filled.store.head(where) is None


def test_others_reconcile_while_keys_are_looked_for(
    filled: Filled, connection: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    made, read, looked = filled.due(2), filled.store.get, list[str]()

    def get(key: str) -> bytes:
        if key.startswith(keys.IDEMPOTENCY_PREFIX):
            with connection.board.rounds.lead() as lead:
                assert lead is not None
            looked.append(key)
        return read(key)

    monkeypatch.setattr(filled.store, "get", get)
    assert removed(filled, connection) == made
    assert len(looked) == 2


@pytest.mark.parametrize("part", [keys.IDEMPOTENCY_PREFIX, index_keys.SEGMENTS])
def test_whoever_lost_the_lead_forgets_nothing_more_and_the_next_round_goes_on(
    filled: Filled, connection: Connection, monkeypatch: pytest.MonkeyPatch, part: str
) -> None:
    made = filled.due(2)
    filled.pack()
    listed = filled.store.list

    def lost_meanwhile(prefix: str, **options: Any) -> Any:
        if prefix == part and filled.store.head(keys.spec(made[0])) is None:
            monkeypatch.setattr(rounds, "RENEW_EVERY_S", 0.0)
            monkeypatch.setattr(Rounds, "renew", lambda *_, **__: False)
        return listed(prefix, **options)

    with monkeypatch.context() as meanwhile:
        meanwhile.setattr(filled.store, "list", lost_meanwhile)
        assert removed(filled, connection) == []
    monkeypatch.undo()
    assert len(list(filled.store.list(housekeeping_keys.DELETIONS_PREFIX))) == 2
    assert removed(filled, connection) == made
    assert not list(filled.store.list(keys.IDEMPOTENCY_PREFIX))
