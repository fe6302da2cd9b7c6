"""Folders of pictures, uploaded files and features are deleted and restored over the API."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from dispatch.housekeeping.deletions import write_deletion
from jobs import keys
from jobs.housekeeping.deletion import Deletion
from jobs.housekeeping.thing import dataset_thing
from tests.integration.api.conftest import Api, assert_problem
from tests.integration.api.housekeeping.test_delete_jobs import ended, submitted

SHA256, DIGEST = "0" * 64, "1" * 64


def names(api: Api) -> list[str]:
    return [item["name"] for item in api.http.get("/v1/datasets").json()["items"] if item["kind"] == "folder"]


def test_a_deleted_folder_is_seen_by_nobody_and_takes_no_pictures_until_it_is_restored(api: Api) -> None:
    api.http.put("/v1/datasets/mine/rose/1.jpg", content=b"picture")
    assert api.http.delete("/v1/datasets/mine").status_code == 200
    assert names(api) == []
    assert "restore" in assert_problem(api.http.put("/v1/datasets/mine/rose/2.jpg", content=b"x"), 422)["detail"]
    train = {"kind": "train", "dataset": "store:datasets/mine"}
    assert "deleted" in assert_problem(api.http.post("/v1/jobs", json=train), 422)["detail"]
    assert api.http.post("/v1/datasets/mine:restore").status_code == 200
    assert names(api) == ["store:datasets/mine"]


def test_a_folder_that_jobs_read_is_refused_and_they_are_named(api: Api) -> None:
    api.http.put("/v1/datasets/mine/rose/1.jpg", content=b"picture")
    job_id = ended(api, kind="train", dataset="store:datasets/mine")
    assert job_id in assert_problem(api.http.delete("/v1/datasets/mine"), 409)["detail"]
    assert api.http.get("/v1/datasets/mine/dependents").json()["dependents"][0]["id"] == job_id


def test_part_of_a_folder_is_no_data_set(api: Api) -> None:
    api.http.put("/v1/datasets/mine/rose/1.jpg", content=b"picture")
    assert "name the whole" in assert_problem(api.http.delete("/v1/datasets/mine/rose"), 404)["detail"]


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("DELETE", "/v1/datasets/@rose"),
        ("DELETE", "/v1/datasets/@rose/"),
        ("DELETE", "/v1/datasets//"),
        ("GET", "/v1/datasets/@rose/dependents"),
        ("POST", "/v1/datasets/@rose:archive"),
        ("POST", "/v1/datasets/@rose:unarchive"),
        ("POST", "/v1/datasets/@rose:restore"),
    ],
)
def test_all_that_a_project_has_is_no_data_set(api: Api, method: str, path: str) -> None:
    api.http.put("/v1/datasets/@rose/mine/rose/1.jpg", content=b"picture")
    before = api.contents()
    assert_problem(api.http.request(method, path), 404)
    assert api.contents() == before


def test_the_refusal_tells_how_a_data_set_is_named(api: Api) -> None:
    assert "such as '@rose/mine'" in assert_problem(api.http.delete("/v1/datasets/@rose"), 404)["detail"]


def test_all_that_a_project_had_comes_back_where_an_earlier_release_deleted_it(api: Api) -> None:
    kind, name = thing = dataset_thing("@rose")
    written = Deletion(
        kind=kind, name=name, root_kind=kind, root_name=name, project="rose", by="", why="", at=datetime.now(UTC)
    )
    write_deletion(written, api.store)
    assert api.http.post("/v1/datasets/@rose:restore").status_code == 200
    assert thing.deletion_key not in api.contents()


def test_an_archived_folder_says_so(api: Api) -> None:
    api.http.put("/v1/datasets/mine/rose/1.jpg", content=b"picture")
    assert api.http.post("/v1/datasets/mine:archive").json()["archived"] is True
    assert api.http.post("/v1/datasets/mine:unarchive").json()["archived"] is False


def test_an_upload_is_refused_only_while_an_import_needs_it(api: Api) -> None:
    upload = api.http.post("/v1/uploads", content=b"PK model").json()["upload"]
    job_id = submitted(api, {"kind": "import", "upload": upload, "preprocessing": "none", "classes": 2})
    assert job_id in assert_problem(api.http.delete(f"/v1/uploads/{upload}"), 409)["detail"]
    api.end(job_id)
    assert api.http.delete(f"/v1/uploads/{upload}").status_code == 200
    assert_problem(api.http.get(f"/v1/uploads/{upload}"), 404)


def test_a_file_that_is_sent_again_is_wanted_again(api: Api) -> None:
    upload = api.http.post("/v1/uploads", content=b"PK model").json()["upload"]
    api.http.delete(f"/v1/uploads/{upload}")
    api.http.post("/v1/uploads", content=b"PK model")
    assert api.http.get(f"/v1/uploads/{upload}").status_code == 200
    assert api.http.get("/v1/deleted").json()["items"] == []


def test_features_are_listed_deleted_and_restored(api: Api) -> None:
    api.store.put(keys.features(DIGEST), b"features")
    assert api.http.get("/v1/features").json()["items"] == [{"digest": DIGEST, "size": 8}]
    assert api.http.delete(f"/v1/features/{DIGEST}").status_code == 200
    assert api.http.get("/v1/features").json()["items"] == []
    assert api.http.post(f"/v1/features/{DIGEST}:restore").status_code == 200
    assert api.http.get("/v1/features").json()["items"] == [{"digest": DIGEST, "size": 8}]


def test_what_is_not_there_cannot_be_deleted(api: Api) -> None:
    for path in ("/v1/datasets/none", f"/v1/uploads/{SHA256}", f"/v1/features/{DIGEST}", "/v1/jobs/none"):
        assert_problem(api.http.delete(path), 404)
        assert_problem(api.http.post(f"{path}:restore"), 404)
