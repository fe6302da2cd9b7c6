"""What the store refuses slowly takes a part of a round of cleaning up, and never the turn of all else."""

from __future__ import annotations

import time
from types import SimpleNamespace
from typing import Any

import pytest

from dispatch.connection import Connection
from dispatch.housekeeping import clean_up as clean_up_module
from dispatch.housekeeping.clean_up import FOR_S
from dispatch.housekeeping.retention_policies import write_retention
from jobs.errors import StoreUnavailable
from jobs.housekeeping.retention import Retention
from jobs.housekeeping.thing import Thing, job_thing
from tests.integration.dispatch.housekeeping.conftest import Filled, cleaned

REFUSAL_S = 10.0
MANY = int(FOR_S / REFUSAL_S) + 2


class SlowRefusals:
    """A store that takes long to refuse the writes of some jobs, by a clock that goes on meanwhile."""

    def __init__(self, filled: Filled, monkeypatch: pytest.MonkeyPatch) -> None:
        self._ahead_s, self._jobs = 0.0, set[str]()
        clock = SimpleNamespace(monotonic=lambda: time.monotonic() + self._ahead_s, sleep=time.sleep)
        monkeypatch.setattr(clean_up_module, "time", clock)
        for name in ("put", "delete"):
            monkeypatch.setattr(filled.store, name, self._asked(getattr(filled.store, name)))

    def refuse(self, jobs: list[str]) -> None:
        self._jobs |= set(jobs)

    def _asked(self, write: Any) -> Any:
        def written(key: str, *args: Any, **options: Any) -> Any:
            if any(job_id in key for job_id in self._jobs):
                self._ahead_s += REFUSAL_S
                raise StoreUnavailable(f"the store refuses {key}")
            return write(key, *args, **options)

        return written


@pytest.fixture
def refusals(filled: Filled, monkeypatch: pytest.MonkeyPatch) -> SlowRefusals:
    return SlowRefusals(filled, monkeypatch)


def things(jobs: list[str]) -> list[Thing]:
    return [job_thing(job_id) for job_id in jobs]


def test_what_is_due_is_removed_although_what_expires_is_refused(
    filled: Filled, connection: Connection, refusals: SlowRefusals
) -> None:
    due = filled.due(2)
    write_retention("default", Retention(keep="1d"), filled.store)
    refusals.refuse([filled.job() for _ in range(MANY)])
    found = cleaned(filled, connection)
    assert [each.thing for each in found.removed] == things(due)
    assert found.expired == []


def test_what_was_refused_in_one_round_comes_last_in_the_next(
    filled: Filled, connection: Connection, refusals: SlowRefusals
) -> None:
    *refused, sound = filled.due(MANY + 1)
    refusals.refuse(refused)
    assert cleaned(filled, connection).removed == []
    assert [each.thing for each in cleaned(filled, connection).removed] == things([sound])
