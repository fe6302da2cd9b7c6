"""How many bytes a key and a project may keep: what was counted last, and what was sent since then."""

from __future__ import annotations

from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from api.submission import quota_check, room
from dispatch.housekeeping.purge import remove_objects
from dispatch.housekeeping.usage_count import count_usage, write_usage
from dispatch.identity.key_ring import KeyRequest, create_key
from dispatch.job_index.build import rebuild
from jobs import keys
from jobs.housekeeping.thing import job_thing
from jobs.identity.quota import Quota
from jobs.identity.role import Role
from tests.integration.api.access.conftest import OTHER, OWN, Site, bearer
from tests.integration.api.conftest import TRAIN, assert_problem

MODEL = b"PK\x03\x04" + b"x" * 20_000


@pytest.fixture(autouse=True)
def _counts_are_seen_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(room, "KEPT_S", 0.0)
    monkeypatch.setattr(quota_check, "KEPT_S", 0.0)


def allow(site: Site, size: int) -> None:
    """Let the project keep so many bytes."""
    admin = bearer(site.key(Role.ADMIN))
    assert site.http.put(f"/v1/projects/{OWN}/quota", json={"bytes": size}, headers=admin).status_code == 200


def put(site: Site, name: str, size: int, project: str = OWN) -> httpx.Response:
    """Send a picture of so many bytes."""
    answer: httpx.Response = site.http.put(
        f"/v1/datasets/@{project}/mine/rose/{name}.jpg",
        content=b"x" * size,
        headers=bearer(site.key(Role.SUBMITTER, project)),
    )
    return answer


def test_a_project_keeps_as_many_bytes_as_it_may(site: Site) -> None:
    allow(site, 1000)
    assert [put(site, str(number), 400).status_code for number in range(3)] == [201, 201, 429]
    assert put(site, "small", 200).status_code == 201
    assert put(site, "other", 5000, OTHER).status_code == 201


def test_pictures_that_are_sent_at_once_do_not_exceed_it(site: Site) -> None:
    allow(site, 1000)
    with ThreadPoolExecutor(8) as threads:
        answers = list(threads.map(lambda number: put(site, str(number), 100), range(30)))
    counted = Counter(answer.status_code for answer in answers)
    assert set(counted) == {201, 429}
    kept = sum(info.size for info in site.store.list(f"{keys.DATASETS_PREFIX}@{OWN}/"))
    assert kept == 100 * counted[201] <= 1000


def test_a_model_file_that_has_no_room_is_not_kept(site: Site) -> None:
    allow(site, 10)
    answer = site.http.post("/v1/uploads", content=b"PK" + b"x" * 100, headers=bearer(site.key()))
    detail = assert_problem(answer, 429)["detail"]
    assert int(answer.headers["retry-after"]) > 0
    for words in (f"the project '{OWN}' may keep", "'florescope delete'", "an admin can set another quota"):
        assert words in detail
    assert list(site.store.list(keys.UPLOADS_PREFIX)) == []


def test_a_job_that_is_imported_needs_room(site: Site) -> None:
    admin = bearer(site.key(Role.ADMIN))
    job_id = site.submit(site.key())
    site.api.end(job_id)
    site.store.put(keys.attempt(job_id, "train", "1") + "model.keras", b"x" * 20_000)
    file = site.http.get(f"/v1/jobs/{job_id}/export", headers=admin).content
    allow(site, 50_000)
    assert_problem(site.http.post("/v1/jobs:import", content=file, headers=admin), 409)
    remove_objects(job_thing(job_id), site.store, go_on=lambda: True)
    allow(site, 10_000)
    answer = site.http.post("/v1/jobs:import", content=file, headers=admin)
    assert f"the project '{OWN}' may keep" in assert_problem(answer, 429)["detail"]
    assert list(site.store.list(keys.job(job_id))) == []
    allow(site, 50_000)
    assert site.http.post("/v1/jobs:import", content=file, headers=admin).status_code == 201
    assert put(site, "more", 30_000).status_code == 429


def test_what_jobs_leave_counts_from_the_next_count_on(site: Site, job_id: str) -> None:
    allow(site, 10_000)
    site.store.put(keys.attempt(job_id, "train", "1") + "model.keras", b"x" * 20_000)
    assert put(site, "first", 100).status_code == 201
    write_usage(count_usage(site.store), site.store)
    assert put(site, "second", 100).status_code == 429
    answer = site.http.post("/v1/jobs", json=TRAIN, headers=bearer(site.key()))
    assert "may keep 0.0 MB and has 0.0 MB" in assert_problem(answer, 429)["detail"]


def test_a_new_count_begins_anew_with_what_was_sent(site: Site) -> None:
    allow(site, 100_000)
    for name in ("first", "second"):
        assert put(site, name, 40_000).status_code == 201
        write_usage(count_usage(site.store), site.store)
    assert put(site, "third", 40_000).status_code == 429


def bounded(site: Site, name: str, size: int, *projects: str) -> dict[str, str]:
    """The header of somebody whose key may keep so many bytes."""
    quota = Quota(bytes=size)
    return bearer(create_key(KeyRequest(name, Role.SUBMITTER, projects or (OWN,), quota=quota), site.store)[1])


def sent(site: Site, key: dict[str, str], name: str, size: int, project: str = OWN) -> httpx.Response:
    """Send a picture into a folder of one's own."""
    folder = f"@{project}/of-{name.partition('-')[0]}"
    answer: httpx.Response = site.http.put(f"/v1/datasets/{folder}/rose/{name}.jpg", content=b"x" * size, headers=key)
    return answer


def test_a_key_keeps_as_many_bytes_as_it_may_in_all_of_its_projects_together(site: Site) -> None:
    ben, eva = bounded(site, "ben", 1000, OWN, OTHER), bounded(site, "eva", 1000)
    assert [sent(site, ben, "ben-1", 600).status_code, sent(site, eva, "eva-1", 600).status_code] == [201, 201]
    answer = sent(site, ben, "ben-2", 600, OTHER)
    for words in ("your key may keep", "that you submitted or sent ('florescope delete')"):
        assert words in assert_problem(answer, 429)["detail"]
    assert int(answer.headers["retry-after"]) > 0
    assert sent(site, ben, "ben-3", 400, OTHER).status_code == 201


def test_what_the_key_may_not_keep_does_not_count_for_the_project_either(site: Site) -> None:
    allow(site, 1000)
    ben = bounded(site, "ben", 100)
    assert [sent(site, ben, f"ben-{number}", 600).status_code for number in range(5)] == [429] * 5
    assert put(site, "others", 900).status_code == 201


def test_jobs_folders_and_uploads_count_for_who_submitted_them_until_they_are_deleted(site: Site) -> None:
    ben, eva = bounded(site, "ben", 100_000), bounded(site, "eva", 100_000)
    sent(site, ben, "ben-1", 30_000)
    answer = site.http.post("/v1/models", params={"preprocessing": "none"}, content=MODEL, headers=ben)
    assert answer.status_code == 202, answer.text
    job_id = site.http.post("/v1/jobs", json=TRAIN, headers=ben).json()["id"]
    site.api.end(job_id)
    site.store.put(keys.attempt(job_id, "train", "1") + "model.keras", b"x" * 40_000)
    rebuild(site.store)
    write_usage(count_usage(site.store), site.store)
    told = site.http.get("/v1/usage", headers=ben).json()["submitters"]
    assert [(each["project"], each["submitter"]) for each in told] == [(OWN, "ben")]
    assert 90_000 < told[0]["bytes"] < 100_000
    assert sent(site, ben, "ben-2", 10_000).status_code == 429
    assert sent(site, eva, "eva-2", 10_000).status_code == 201
    assert site.http.delete(f"/v1/jobs/{job_id}", headers=ben).status_code == 200
    write_usage(count_usage(site.store), site.store)
    assert sent(site, ben, "ben-2", 10_000).status_code == 201
