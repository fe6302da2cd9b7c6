"""How much room things need, how long they are kept, and cleaning up, over the API."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta, tzinfo

import pytest

from api.app import create_app
from api.routes.housekeeping import deletion, room
from dispatch.connection import connect
from dispatch.housekeeping import delete
from jobs import keys
from jobs.housekeeping.deletion import Deletion
from jobs.housekeeping.thing import job_thing
from tests.integration.api.conftest import Api, assert_problem
from tests.integration.api.housekeeping.test_delete_jobs import ended
from tests.services.api_server import api_client
from tests.services.ports import free_port


def test_usage_is_told_by_project_and_kind(api: Api) -> None:
    ended(api)
    api.http.put("/v1/datasets/mine/rose/1.jpg", content=b"picture")
    api.http.put("/v1/datasets/@rose/mine/1/1.jpg", content=b"picture")
    api.http.delete("/v1/datasets/mine")
    found = {(each["project"], each["kind"]): each for each in api.http.get("/v1/usage").json()["items"]}
    assert found["default", "train"]["objects"] == 2
    sizes = [info.size for info in api.store.list(keys.JOBS_PREFIX)]
    assert found["default", "train"]["bytes"] == sum(sizes)
    assert found["rose", "datasets"]["bytes"] == len(b"picture")
    assert found["default", "datasets"]["deleted"] is True


def test_retention_is_set_and_told(api: Api) -> None:
    where = "/v1/projects/default/retention"
    assert api.http.get(where).json() == dict.fromkeys(("keep", "models", "heatmaps", "uploads"))
    assert api.http.put(where, json={"keep": "90d", "heatmaps": "2w"}).status_code == 200
    assert api.http.get(where).json() == {"keep": "90d", "models": None, "heatmaps": "2w", "uploads": None}
    assert_problem(api.http.put(where, json={"keep": "90 days"}), 422)
    assert_problem(api.http.put(where, json={"keep": "0d"}), 422)


def test_uploads_and_features_are_kept_for_a_time_of_their_own(api: Api) -> None:
    assert api.http.get("/v1/retention").json() == {"features": None}
    assert api.http.put("/v1/retention", json={"features": "8w"}).json() == {"features": "8w"}
    assert_problem(api.http.put("/v1/retention", json={"keep": "8w"}), 422)
    api.http.put("/v1/projects/default/retention", json={"uploads": "7d"})
    upload = api.http.post("/v1/uploads", content=b"PK model").json()["upload"]
    dry = api.http.post("/v1/cleanup", params={"dry_run": "true"}).json()
    assert dry["unused"] == []
    page = api.http.get("/deleted", headers={"accept": "text/html"}).text
    assert "<td>7d</td>" in page
    assert "all projects share: 8w" in page
    api.store._written_at[keys.upload(upload, "default")] -= timedelta(days=8)
    told = {"kind": "upload", "name": upload, "project": "default", "why": "uploads kept for 7d"}
    assert api.http.post("/v1/cleanup").json()["unused"] == [told]
    assert api.http.get(f"/v1/uploads/{upload}").status_code == 404


def test_a_dry_run_tells_what_a_round_then_does(api: Api) -> None:
    job_id = ended(api)
    api.http.delete(f"/v1/jobs/{job_id}")
    key = job_thing(job_id).deletion_key
    old = Deletion.decode(api.store.get(key)).model_copy(update={"at": datetime.now(UTC) - timedelta(days=2)})
    api.store.put(key, old.encode())
    dry = api.http.post("/v1/cleanup", params={"dry_run": "true"}).json()
    assert [each["name"] for each in dry["removed"]] == [job_id]
    assert api.store.head(keys.spec(job_id)) is not None
    done = api.http.post("/v1/cleanup").json()
    assert (done["removed"], done["dry_run"]) == (dry["removed"], False)
    assert not list(api.store.list(keys.job(job_id)))


def wrong_by(hours: float, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the clock of the machine of the API be wrong."""

    class Wrong(datetime):
        @classmethod
        def now(cls, tz: tzinfo | None = None) -> Wrong:
            return cls.fromtimestamp(time.time() + hours * 3600, tz)

    for module in (room, deletion, delete):
        monkeypatch.setattr(module, "datetime", Wrong)


def test_a_clock_that_is_ahead_lets_nothing_be_removed_too_soon(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    job_id = ended(api)
    api.http.delete(f"/v1/jobs/{job_id}")
    wrong_by(30, monkeypatch)
    for dry_run in ("true", "false"):
        assert api.http.post("/v1/cleanup", params={"dry_run": dry_run}).json()["removed"] == []
    assert api.http.post(f"/v1/jobs/{job_id}:restore").status_code == 200


def test_what_is_deleted_by_a_clock_that_is_behind_stays_for_a_day(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    job_id = ended(api)
    with monkeypatch.context() as meanwhile:
        wrong_by(-30, meanwhile)
        api.http.delete(f"/v1/jobs/{job_id}")
    assert api.http.post("/v1/cleanup").json()["removed"] == []
    assert api.http.post(f"/v1/jobs/{job_id}:restore").status_code == 200


def test_a_dry_run_needs_no_redis(api: Api) -> None:
    broken = connect(redis_url=f"redis://127.0.0.1:{free_port()}/0")
    with api_client(create_app(store=api.store, board=broken.board, queue=broken.queue)) as http:
        assert http.post("/v1/cleanup", params={"dry_run": "true"}).status_code == 200
