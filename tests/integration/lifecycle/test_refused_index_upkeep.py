"""A job that the store refuses takes time of the index once a minute, and not each time that the index is kept."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import pytest

from dispatch.job_index.entries import entries
from dispatch.job_index.segments import compact, segments
from jobs import keys
from store.base import ObjectStore
from tests.services.refusing_store import RefusingStore
from tests.services.stored_jobs import end_stored_job, store_job
from workers.lifecycle.reconcile import reconcile
from workers.step.services import Services


def unnoted(store: ObjectStore) -> str:
    """An active job without an entry in the index."""
    return store_job(store, 1, noted=False)


def left(store: ObjectStore) -> str:
    """A job that left ``active/`` without a word to the index."""
    job_id = store_job(store, 1)
    end_stored_job(store, job_id, noted=False)
    return job_id


def ended(store: ObjectStore) -> str:
    """A job that is to be packed."""
    job_id = store_job(store, 1)
    end_stored_job(store, job_id)
    return job_id


@pytest.mark.parametrize("make", [unnoted, left, ended])
def test_it_is_tried_once_a_minute(
    light: Services, store: RefusingStore, monkeypatch: pytest.MonkeyPatch, make: Callable[[ObjectStore], str]
) -> None:
    monkeypatch.setattr("workers.lifecycle.reconcile.LOOK_EVERY_S", 1000)
    monkeypatch.setattr("workers.lifecycle.index_upkeep.compact", partial(compact, at_least=1))
    reconcile(light)
    job_id, tries = make(store), list[str]()
    light.board.turns.forget(job_id)
    monkeypatch.setattr(store, "ping", lambda: tries.append(job_id))
    store.refused = keys.spec(job_id)
    for _ in range(3):
        light.board.rounds.at_once("index")
        reconcile(light)
    assert len(tries) == 1
    store.refused = None
    light.board.rounds.at_once(f"refused:{job_id}")
    light.board.rounds.at_once("index")
    reconcile(light)
    assert job_id in entries(store) or segments(store)
