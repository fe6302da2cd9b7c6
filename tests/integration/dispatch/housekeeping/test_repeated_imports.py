"""A job that is imported for two projects, one after the other or at once, is that of one of them."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import pytest

from api.readers.jobs.job_index import JobIndex
from dispatch.job_file.export_job import export_job
from dispatch.job_file.import_job import import_job
from dispatch.job_file.opened_file import opened_file
from dispatch.job_index.entries import entries
from dispatch.job_index.segments import compact
from jobs import keys
from jobs.errors import ObjectExists
from jobs.job import Job
from jobs.lists import index_keys
from jobs.lists.index_row import IndexState
from jobs.models.model import PublishedModel
from store.base import ObjectStore
from store.memory import MemoryStore
from tests.integration.dispatch.housekeeping.conftest import Filled
from tests.integration.workers.conftest import published
from tests.services.disturbed_store import Disturbed
from workers.lifecycle.index_upkeep import keep_index

Import = Callable[[ObjectStore, str], Job]


class Died(BaseException):
    """Raised where the process is to die."""


@pytest.fixture
def imported(filled: Filled, tmp_path: Path) -> Import:
    """Imports one and the same training with its model."""
    job_id = filled.job(at=datetime.now(UTC))
    for name in ("plan.json", "reports/train.json", "manifest.json"):
        filled.store.put(keys.file(job_id, name), b"{}")
    model = published(keys.attempt(job_id, "train", "1") + "model.keras", b"file")
    filled.store.put(keys.model(job_id), model.model_copy(update={"id": job_id, "job_id": job_id}).encode())
    path = tmp_path / "job.tar"
    path.write_bytes(b"".join(export_job(Job.decode(filled.store.get(keys.spec(job_id))), filled.store)))

    def into(store: ObjectStore, project: str) -> Job:
        with opened_file(path) as file:
            return import_job(file, store, project=project, submitter="ada")

    return into


@pytest.fixture
def there() -> MemoryStore:
    store = MemoryStore("there")
    store.put(index_keys.STATE, IndexState(complete=True).encode())
    return store


def projects_of(job: Job, store: MemoryStore) -> set[str]:
    """What lists, the job itself and its model say."""
    (listed,) = JobIndex(store).newest_first()
    stored = Job.decode(store.get(keys.spec(job.id)))
    return {listed.row.project, stored.project, PublishedModel.decode(store.get(keys.model(job.id))).project}


def dies() -> None:
    raise Died


@pytest.mark.parametrize("packed", ["never", "between", "afterwards"])
def test_one_whose_import_broke_off_is_listed_for_the_project_of_the_next_import(
    there: MemoryStore, imported: Import, packed: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("workers.lifecycle.index_upkeep.compact", partial(compact, at_least=1))
    with pytest.raises(Died):
        imported(Disturbed(there, happens=dies, name="flush"), "zoe")
    if packed == "between":
        keep_index(set(), there)
    job = imported(there, "rose")
    if packed != "never":
        keep_index(set(), there)
        assert not entries(there)
    assert projects_of(job, there) == {"rose"}


@pytest.mark.parametrize("call", range(12))
def test_two_imports_at_once_leave_one_job_of_one_project(there: MemoryStore, imported: Import, call: int) -> None:
    won = list[Job]()
    with suppress(ObjectExists):
        won.append(imported(Disturbed(there, happens=lambda: won.append(imported(there, "rose")), after=call), "zoe"))
    assert len(projects_of(won[0], there)) == 1
