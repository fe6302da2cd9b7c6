"""A job that was imported is kept as long as one that ended when it was."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from dispatch.housekeeping.clean_up_plan import CleanUp, planned
from dispatch.housekeeping.retention_policies import write_retention
from dispatch.job_file.export_job import export_job
from dispatch.job_file.import_job import import_job
from dispatch.job_file.opened_file import opened_file
from jobs import keys
from jobs.housekeeping.retention import Retention
from jobs.job import Job
from store.memory import MemoryStore
from tests.integration.dispatch.housekeeping.conftest import Filled, explain

A_YEAR = timedelta(days=365)


@pytest.fixture
def elsewhere(filled: Filled, tmp_path: Path) -> MemoryStore:
    """A store into which an explanation was imported that ended a year ago."""
    job_id = filled.job(explain("another"), at=datetime.now(UTC) - A_YEAR)
    for name in ("plan.json", "reports/train.json", "manifest.json"):
        filled.store.put(keys.file(job_id, name), b"{}")
    path = tmp_path / "job.tar"
    path.write_bytes(b"".join(export_job(Job.decode(filled.store.get(keys.spec(job_id))), filled.store)))
    store = MemoryStore("elsewhere")
    with opened_file(path) as file:
        import_job(file, store, project="default", submitter="ada")
    return store


def test_it_stays_for_as_long_after_its_import_as_its_project_keeps_jobs(elsewhere: MemoryStore) -> None:
    write_retention("default", Retention(keep="90d"), elsewhere)
    now = datetime.now(UTC)
    assert planned(elsewhere, now=now + timedelta(days=89)) == CleanUp()
    assert len(planned(elsewhere, now=now + timedelta(days=91)).expired) == 1


def test_its_heatmaps_stay_for_as_long_after_its_import_as_its_project_keeps_them(elsewhere: MemoryStore) -> None:
    write_retention("default", Retention(heatmaps="30d"), elsewhere)
    now = datetime.now(UTC)
    assert planned(elsewhere, now=now + timedelta(days=29)) == CleanUp()
    assert len(planned(elsewhere, now=now + timedelta(days=31)).heatmaps) == 1
