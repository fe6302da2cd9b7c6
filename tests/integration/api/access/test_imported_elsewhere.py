"""A job that was removed for good and imported into another project is that project's at once, in every process."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any, cast

import pytest
from fastapi.testclient import TestClient

from dispatch.housekeeping.clean_up import clean_up
from jobs import keys
from jobs.housekeeping.deletion import CLOCKS, UNDO
from jobs.housekeeping.thing import job_thing
from jobs.identity.role import Role
from jobs.models.artifact import Artifact
from jobs.models.model import PublishedModel
from store import kept_hour
from store.memory import MemoryStore
from tests.integration.api.access.conftest import OTHER, Site, bearer, made_client
from tests.services.counting_store import CountingStore


class Clock:
    """The clock of all processes, which a test can move forward."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.ahead = timedelta()
        monkeypatch.setattr(kept_hour, "monotonic", lambda: time.monotonic() + self.ahead.total_seconds())

    def now(self) -> datetime:
        return datetime.now(UTC) + self.ahead


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    return Clock(monkeypatch)


@pytest.fixture
def second(site: Site) -> Iterator[TestClient]:
    """Another API process on the same store."""
    with site.restarted() as http:
        yield http


@pytest.fixture
def with_file(site: Site, job_id: str) -> str:
    """The job, whose model has a file of its own, so that it leaves and comes with it."""
    info = site.store.put(f"{keys.attempt(job_id, 'train', '1')}model.keras", b"weights")
    model = PublishedModel.decode(site.store.get(keys.model(job_id)))
    file = Artifact(name="model.keras", key=info.key, size=info.size, sha256=info.sha256 or "")
    site.store.put(keys.model(job_id), model.model_copy(update={"checkpoint": file}).encode())
    return job_id


def a_second_passes(http: TestClient) -> None:
    """After which a process lists anew what is deleted."""
    cast("Any", http.app).state.backend.deleted.look_again()


def statuses(http: TestClient, job_id: str, key: str) -> set[int]:
    """How a key's requests for the job, its page, its files and its model are answered."""
    paths = (f"/v1/jobs/{job_id}", f"/jobs/{job_id}", f"/v1/jobs/{job_id}/artifacts", f"/v1/models/{job_id}")
    return {http.get(path, headers=bearer(key)).status_code for path in paths}


def removed_for_good(site: Site, clock: Clock, job_id: str, key: str, *, meanwhile: list[TestClient]) -> None:
    """Delete the job, have a day pass in which nobody asks for it but just before the end, clean up."""
    assert site.http.delete(f"/v1/jobs/{job_id}", headers=bearer(key)).status_code == 200
    clock.ahead += UNDO + CLOCKS
    for http in meanwhile:
        a_second_passes(http)
        assert statuses(http, job_id, key) == {404}
    done = clean_up(site.store, site.api.connection.board, now=clock.now())
    assert done is not None
    assert [each.thing for each in done.removed] == [job_thing(job_id)]


def test_it_is_the_other_projects_in_all_processes(
    site: Site, second: TestClient, clock: Clock, with_file: str
) -> None:
    ours, theirs = site.key(Role.ADMIN), site.key(Role.ADMIN, OTHER)
    file = site.http.get(f"/v1/jobs/{with_file}/export", headers=bearer(ours)).content
    for http in (site.http, second):
        assert (statuses(http, with_file, ours), statuses(http, with_file, theirs)) == ({200}, {404})
    removed_for_good(site, clock, with_file, ours, meanwhile=[site.http, second])
    answer = site.http.post("/v1/jobs:import", content=file, headers=bearer(theirs))
    assert answer.status_code == 201, answer.text
    assert answer.json()["project"] == OTHER
    for http in (site.http, second):
        a_second_passes(http)
        assert (statuses(http, with_file, ours), statuses(http, with_file, theirs)) == ({404}, {200})


def test_what_is_kept_of_a_job_is_forgotten_before_it_can_be_removed() -> None:
    assert timedelta(seconds=4 * kept_hour.KEPT_S) < UNDO


def test_who_sees_a_job_is_read_once(site: Site, job_id: str) -> None:
    key, counted = site.key(), CountingStore(site.store)
    with made_client(cast("MemoryStore", counted), site.api.connection) as http:
        assert [http.get(f"/v1/jobs/{job_id}", headers=bearer(key)).status_code for _ in range(3)] == [200] * 3
    assert counted.calls.count(f"get {keys.spec(job_id)}") == 1
