"""Cleaning up goes on however long reading takes, and stops for good once another process does it."""

from __future__ import annotations

import time
from collections.abc import Iterator, Set
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import pytest

from dispatch import rounds
from dispatch.connection import Connection
from dispatch.housekeeping import clean_up as clean_up_module
from dispatch.housekeeping.clean_up import FOR_S, clean_up
from dispatch.housekeeping.clean_up_plan import CleanUp, planned
from dispatch.housekeeping.delete import Wish, delete
from dispatch.housekeeping.reference_graph import read_graph
from dispatch.rounds import LEADS_FOR_S, Rounds
from jobs import keys
from jobs.housekeeping import housekeeping_keys
from jobs.housekeeping.thing import Thing, job_thing
from tests.integration.dispatch.housekeeping.conftest import Filled, explain

SLOW_S, JOBS = LEADS_FOR_S * 0.7, 5


class World:
    """A store with deleted jobs that are due, a clock that a test can move forward, and when the lead was renewed."""

    def __init__(self, filled: Filled, monkeypatch: pytest.MonkeyPatch) -> None:
        self.filled, self._patch = filled, monkeypatch
        self.ahead_s, self.lost = 0.0, False
        self.due = [filled.job() for _ in range(JOBS)]
        for job_id in self.due:
            delete(Wish(job_thing(job_id)), filled.store)
        filled.age(26)
        self.renewed = [self.now()]
        clock = SimpleNamespace(monotonic=self.now, sleep=time.sleep)
        for module in (rounds, clean_up_module):
            monkeypatch.setattr(module, "time", clock, raising=False)
        monkeypatch.setattr(Rounds, "renew", self._renew)

    def now(self) -> float:
        return time.monotonic() + self.ahead_s

    def _renew(self, *_: Any, **__: Any) -> bool:
        self.renewed.append(self.now())
        lost, self.lost = self.lost, False
        return not lost

    def slow(self, part: str) -> None:
        """Let objects of whose keys this is a part take long to read."""
        read = self.filled.store.get

        def get(each: str) -> bytes:
            if part in each:
                self.ahead_s += SLOW_S
            return read(each)

        self._patch.setattr(self.filled.store, "get", get)

    def there(self) -> list[str]:
        return [job_id for job_id in self.due if self.filled.store.head(keys.spec(job_id)) is not None]


@pytest.fixture
def world(filled: Filled, monkeypatch: pytest.MonkeyPatch) -> World:
    return World(filled, monkeypatch)


@pytest.mark.parametrize("slow", ["/spec.json", "/end.json", housekeeping_keys.DELETIONS_PREFIX])
def test_what_takes_longer_to_read_than_a_round_lasts_is_cleaned_up_and_the_lead_is_kept(
    world: World, connection: Connection, slow: str
) -> None:
    world.slow(slow)
    found = clean_up(world.filled.store, connection.board, now=datetime.now(UTC))
    assert world.ahead_s > FOR_S
    assert found is not None
    assert [each.name for each in found.removed] == world.due
    pauses = [later - earlier for earlier, later in zip(world.renewed, world.renewed[1:], strict=False)]
    assert max(pauses) < LEADS_FOR_S


def test_whoever_lost_the_lead_while_reading_does_nothing(world: World, connection: Connection) -> None:
    world.slow("/spec.json")
    world.lost = True
    assert clean_up(world.filled.store, connection.board, now=datetime.now(UTC)) is None
    assert world.there() == world.due


def test_whoever_lost_the_lead_removes_nothing_more(
    world: World, connection: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    def plan_and_lose(*args: Any, **named: Any) -> CleanUp:
        plan = planned(*args, **named)
        world.ahead_s += LEADS_FOR_S
        world.lost = True
        return plan

    monkeypatch.setattr(clean_up_module, "planned", plan_and_lose)
    assert clean_up(world.filled.store, connection.board, now=datetime.now(UTC)) == CleanUp()
    assert world.there() == world.due


class NeverWalked(Set[Thing]):
    """Things that may be looked up, but not gone through."""

    def __init__(self, things: Set[Thing]) -> None:
        self._things = things

    def __contains__(self, thing: object) -> bool:
        return thing in self._things

    def __iter__(self) -> Iterator[Thing]:
        raise AssertionError("whoever asks of each of many things would go through all of them each time")

    def __len__(self) -> int:
        return len(self._things)


def test_what_is_left_out_is_only_looked_up(filled: Filled) -> None:
    model = filled.model(filled.job())
    user, other = filled.job(explain(model)), filled.job(explain(model))
    found = read_graph(filled.store).dependents({job_thing(model)}, but=NeverWalked({job_thing(user)}))
    assert [job.row.id for job in found] == [other]
