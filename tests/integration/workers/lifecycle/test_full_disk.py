"""The disk of the local store is full for a while: steps fail cleanly, wait, and succeed."""

from __future__ import annotations

import dataclasses
import errno
import os
from collections.abc import Iterator
from pathlib import Path
from typing import IO

import pytest

from jobs import keys
from jobs.job import JobEnd
from jobs.state import JobState
from store import local
from store.local import LocalStore
from store.partial import FOLDER
from tests.integration.workers.conftest import submit_explanation
from workers.lifecycle.run_step import run_step
from workers.step.services import Services

FIRST, SECOND = "shard-00000", "shard-00001"
SMALL_BYTES = 600


class Disk:
    """Takes no more than a few hundred bytes to a file while it is ``full``, as the operating system tells it."""

    full = False

    def sync(self, file: IO[bytes]) -> None:
        file.flush()
        if self.full and os.fstat(file.fileno()).st_size > SMALL_BYTES:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


@pytest.fixture
def disk(monkeypatch: pytest.MonkeyPatch) -> Disk:
    disk = Disk()
    monkeypatch.setattr(local, "sync", disk.sync)
    return disk


@pytest.fixture
def on_disk(services: Services, tmp_path: Path, disk: Disk) -> Iterator[Services]:
    assert not disk.full
    store = LocalStore(tmp_path / "store")
    for info in services.store.list(""):
        store.put(info.key, services.store.get(info.key))
    yield dataclasses.replace(services, store=store)
    assert list((store.root / FOLDER).iterdir()) == [], "nothing half-written is left"


def test_a_step_that_finds_the_disk_full_is_tried_again_and_the_job_succeeds(on_disk: Services, disk: Disk) -> None:
    job_id = submit_explanation(on_disk)
    run_step(job_id, "plan", on_disk)
    run_step(job_id, FIRST, on_disk)
    disk.full = True
    for _ in range(7):  # more often than anything else is tried again
        assert "is full: No space left on device" in run_step(job_id, SECOND, on_disk)
    assert on_disk.store.head(keys.report(job_id, SECOND)) is None
    assert on_disk.store.head(keys.end(job_id)) is None
    assert SECOND in on_disk.board.counters.due(job_id)
    disk.full = False
    assert run_step(job_id, SECOND, on_disk) == "committed"
    run_step(job_id, "finalize", on_disk)
    assert JobEnd.decode(on_disk.store.get(keys.end(job_id))).state is JobState.SUCCEEDED


def test_a_job_whose_index_does_not_fit_is_finished_once_it_does(on_disk: Services, disk: Disk) -> None:
    job_id = submit_explanation(on_disk)
    for step in ("plan", FIRST, SECOND):
        run_step(job_id, step, on_disk)
    disk.full = True
    assert "is full" in run_step(job_id, "finalize", on_disk)
    assert on_disk.store.head(keys.end(job_id)) is None
    assert on_disk.store.head(keys.active(job_id)) is not None
    disk.full = False
    run_step(job_id, "finalize", on_disk)
    assert JobEnd.decode(on_disk.store.get(keys.end(job_id))).state is JobState.SUCCEEDED
