from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

from dispatch.job_index.build import read_state
from store.local import LocalStore
from tests.services.command_line import Ran
from tests.services.stored_jobs import end_stored_job, store_job


def test_the_index_of_a_store_is_made_again(florescope: Callable[..., Ran], tmp_path: Path) -> None:
    store = LocalStore(tmp_path / "store")
    for number in range(3):
        end_stored_job(store, store_job(store, number, noted=False), noted=False)
    store_job(store, 3)
    ran = florescope("index", "rebuild", "--store", store.url, "--json")
    assert (ran.code, json.loads(ran.out)) == (0, {"store": store.url, "jobs_over": 3})
    assert read_state(store).complete


def test_a_store_that_cannot_be_is_refused(florescope: Callable[..., Ran]) -> None:
    ran = florescope("index", "rebuild", "--store", "ftp://somewhere")
    assert ran.code == 2
    assert "expected file:///directory" in ran.err
