"""How many bytes a project may keep: what was counted last, and what was sent since then."""

from __future__ import annotations

from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from api.submission import quota_check, room
from dispatch.housekeeping.usage_count import count_usage, write_usage
from jobs import keys
from jobs.identity.role import Role
from tests.integration.api.access.conftest import OTHER, OWN, Site, bearer
from tests.integration.api.conftest import TRAIN, assert_problem


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


def test_a_key_has_no_bound_of_bytes(site: Site) -> None:
    wanted = {"name": "ben", "role": "submitter", "projects": [OWN], "quota": {"bytes": 5}}
    answer = site.http.post("/v1/keys", json=wanted, headers=bearer(site.key(Role.ADMIN)))
    assert assert_problem(answer, 422)["errors"][0]["field"] == "quota.bytes"
