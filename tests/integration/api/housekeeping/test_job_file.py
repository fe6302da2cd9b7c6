"""A job leaves an installation as one file and comes into another one; what is wrong with a file is refused."""

from __future__ import annotations

import hashlib
import io
import json
import tarfile
from collections.abc import Callable
from typing import Any

import pytest
from fastapi.testclient import TestClient

from api.app import create_app
from dispatch.housekeeping.deletions import list_deletions
from dispatch.housekeeping.purge import forget_deletion, forget_idempotency_keys, forget_rows, remove_objects
from jobs import keys
from jobs.housekeeping.thing import job_thing
from jobs.listings.image_listing import ImageListing, ListedImage
from tests.contract.test_stored_documents import STORED
from tests.integration.api.conftest import EXPLAIN, TRAIN, Api, assert_problem
from tests.integration.api.housekeeping.test_delete_jobs import ended, listed, submitted, trained

Members = dict[str, bytes]


def exported(api: Api, job_id: str) -> bytes:
    answer = api.http.get(f"/v1/jobs/{job_id}/export")
    assert answer.status_code == 200
    return answer.content


def removed(api: Api, job_id: str) -> None:
    """Nothing is left of a job."""
    api.http.delete(f"/v1/jobs/{job_id}")
    remove_objects(job_thing(job_id), api.store, go_on=lambda: True)
    forget_idempotency_keys({job_id}, api.store, go_on=lambda: True)
    forget_rows({job_id}, api.store, go_on=lambda: True)
    for each in list(list_deletions(api.store)):
        forget_deletion(each.thing, api.store)


def job_with_files(api: Api) -> str:
    job_id = trained(api)
    api.store.put(keys.attempt(job_id, "train", "1") + "model.keras", bytes(range(256)) * 5000)
    api.store.put(keys.report(job_id, "train"), json.dumps({"files": [{"key": keys.job(job_id) + "a"}]}).encode())
    api.store.put(keys.errors(job_id), b"")
    return job_id


def test_a_job_comes_back_as_it_was(api: Api) -> None:
    job_id = job_with_files(api)
    before = {key: data for key, data in api.contents().items() if job_id in key}
    file = exported(api, job_id)
    removed(api, job_id)
    assert listed(api) == []
    answer = api.http.post("/v1/jobs:import", content=file)
    assert answer.status_code == 201, answer.text
    assert answer.headers["location"] == f"/v1/jobs/{job_id}"
    after = {key: data for key, data in api.contents().items() if job_id in key}
    assert {key: after[key] for key in after if not key.startswith("index/")} == {
        key: before[key] for key in before if not key.startswith("index/")
    }
    assert listed(api) == [job_id]


def test_a_job_that_is_there_is_not_replaced(api: Api) -> None:
    job_id = job_with_files(api)
    file, before = exported(api, job_id), api.contents()
    assert_problem(api.http.post("/v1/jobs:import", content=file), 409)
    assert api.contents() == before
    api.http.delete(f"/v1/jobs/{job_id}")
    assert_problem(api.http.post("/v1/jobs:import", content=file), 409)


def test_a_job_that_is_not_over_is_not_exported(api: Api) -> None:
    assert_problem(api.http.get(f"/v1/jobs/{submitted(api, TRAIN)}/export"), 409)


def repacked(file: bytes, change: Callable[[Members], None], *, honest: bool = True) -> bytes:
    """The file with something changed; ``honest``: its index says so, too."""
    with tarfile.open(fileobj=io.BytesIO(file)) as archive:
        members = {each.name: archive.extractfile(each).read() for each in archive}  # type: ignore[union-attr]
    change(members)
    index = json.loads(members.pop("index.json"))
    if honest:
        index["members"] = [
            {"name": name, "size": len(data), "sha256": hashlib.sha256(data).hexdigest()}
            for name, data in members.items()
            if name != "florescope.json"
        ]
    members["index.json"] = json.dumps(index).encode()
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as archive:
        for name, data in members.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    return out.getvalue()


def set_in(name: str, **values: Any) -> Callable[[Members], None]:
    def change(members: Members) -> None:
        members[name] = json.dumps({**json.loads(members[name]), **values}).encode()

    return change


def without_end(members: Members) -> None:
    del members["job/end.json"]


def listed_beside_its_file(members: Members) -> None:
    """The data set is one tar file, and the list names a picture of another project, beside that."""
    listing = ImageListing(
        dataset="store:datasets/roses.tar", images=(ListedImage(path="@tulip/private/1.png", size=100),)
    )
    members["job/listing.json"] = listing.encode()


REFUSED: dict[str, tuple[Callable[[Members], None], str]] = {
    "a path out of the job": (lambda members: members.update({"job/../../identity/x": b"1"}), "not legal"),
    "a path from the root": (lambda members: members.update({"/job/x": b"1"}), "not legal"),
    "a file beside the job": (lambda members: members.update({"identity/session_secret": b"1"}), "outside of"),
    "a later format": (set_in("florescope.json", format=2), "format 2"),
    "a later schema": (set_in("job/spec.json", schema_version=99), "newer version"),
    "another job": (set_in("florescope.json", job_id="0" * 26), "several jobs"),
    "the key of another object": (
        set_in("job/reports/train.json", files=[{"key": "identity/session_secret"}]),
        "outside of the job",
    ),
    "the same in a report without a suffix": (
        lambda members: members.update({"job/reports/x": b'{"key": "identity/session_secret"}'}),
        "outside of the job",
    ),
    "no end": (without_end, "no 'end.json'"),
    "a folder of another project": (
        lambda members: set_in(
            "job/spec.json", spec={**json.loads(members["job/spec.json"])["spec"], "dataset": "store:datasets/@tulip/x"}
        )(members),
        "store:datasets/<folder>",
    ),
    "a picture beside the one file of the data set": (listed_beside_its_file, "pictures of other files than"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_reaches_beyond_its_job_is_refused(api: Api, name: str) -> None:
    job_id = job_with_files(api)
    change, words = REFUSED[name]
    file = repacked(exported(api, job_id), change)
    removed(api, job_id)
    before = api.contents()
    assert words in assert_problem(api.http.post("/v1/jobs:import", content=file), 422)["detail"]
    assert api.contents() == before


def test_bytes_that_are_not_those_of_the_index_are_refused(api: Api) -> None:
    job_id = job_with_files(api)
    file = exported(api, job_id)
    removed(api, job_id)
    changed = repacked(file, lambda members: members.update({"job/errors.jsonl": b"other"}), honest=False)
    assert "another digest" in assert_problem(api.http.post("/v1/jobs:import", content=changed), 422)["detail"]
    for part in (file[: len(file) // 2], b"", b"no tar file"):
        assert_problem(api.http.post("/v1/jobs:import", content=part), 422)
    assert not list(api.store.list(keys.job(job_id)))


def test_a_link_is_no_file(api: Api) -> None:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as archive:
        link = tarfile.TarInfo("job/spec.json")
        link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
        archive.addfile(link)
    assert "no plain file" in assert_problem(api.http.post("/v1/jobs:import", content=out.getvalue()), 422)["detail"]


def test_what_refers_to_others_comes_without_them(api: Api) -> None:
    model = trained(api)
    explanation = ended(api, **{**EXPLAIN, "model": model})
    file = exported(api, explanation)
    removed(api, explanation)
    assert api.http.post("/v1/jobs:import", content=file).json()["spec"]["model"] == model


def release_job(api: Api, job_id: str) -> str:
    """A job of an installation of 0.1.0 in the store, as it lies in the fixtures of stored documents."""
    for path in sorted((STORED / "0.1.0/jobs" / job_id).rglob("*")):
        if path.is_file():
            api.store.put(f"{keys.JOBS_PREFIX}{path.relative_to(STORED / '0.1.0/jobs').as_posix()}", path.read_bytes())
    model = STORED / "0.1.0/models" / f"{job_id}.json"
    if model.is_file():
        api.store.put(keys.model(job_id), model.read_bytes())
    return job_id


def answers(api: Api, job_id: str) -> list[Any]:
    """What the API says of a job, its files, its images and its model; its specification is written anew."""
    of_job = (f"/v1/jobs/{job_id}{what}" for what in ("/results", "/facets", "/log"))
    found = [api.http.get(address) for address in (*of_job, f"/v1/models/{job_id}")]
    job, files = (api.http.get(f"/v1/jobs/{job_id}{what}").json() for what in ("", "/artifacts"))
    told = [job[name] for name in ("kind", "state", "summary", "spec", "created_at", "finished_at", "progress")]
    listed = [file for file in files["items"] if file["name"] != "spec.json"]
    return [*told, *listed, *((answer.status_code, answer.json()) for answer in found)]


OUTSIDE = b'"store:pictures"'
"""A folder that lies outside of ``datasets/``, from which pictures are no longer read."""
OVER = sorted(
    path.parent.name
    for path in (STORED / "0.1.0/jobs").glob("*/end.json")
    if OUTSIDE not in path.with_name("spec.json").read_bytes()
)


@pytest.mark.parametrize("job_id", OVER)
def test_a_job_of_each_kind_leaves_and_comes_back(api: Api, job_id: str) -> None:
    file = exported(api, release_job(api, job_id))
    before = answers(api, job_id)
    removed(api, job_id)
    answer = api.http.post("/v1/jobs:import", content=file)
    assert answer.status_code == 201, answer.text
    assert answers(api, job_id) == before
    assert api.http.get(f"/jobs/{job_id}", headers={"accept": "text/html"}).status_code == 200


def test_a_plan_may_describe_the_model_of_another_job_but_not_of_another_project(api: Api) -> None:
    model = trained(api)
    explanation = ended(api, **{**EXPLAIN, "model": model})
    described = {"job_id": model, "checkpoint": {"key": keys.attempt(model, "train", "1") + "model.keras"}}
    api.store.put(keys.plan(explanation), json.dumps({"model": described}).encode())
    file = exported(api, explanation)
    removed(api, explanation)
    spec = keys.spec(model)
    api.store.put(spec, json.dumps({**json.loads(api.store.get(spec)), "project": "tulip"}).encode())
    header = {"X-Florescope-Project": "default"}
    with TestClient(create_app(store=api.store, board=api.connection.board, queue=api.connection.queue)) as fresh:
        refused = fresh.post("/v1/jobs:import", content=file, headers=header)
        assert "outside of it" in assert_problem(refused, 422)["detail"]
        remove_objects(job_thing(model), api.store, go_on=lambda: True)
    assert api.http.post("/v1/jobs:import", content=file, headers=header).status_code == 201


def test_the_model_itself_lies_within_the_job(api: Api) -> None:
    other, job_id = trained(api), job_with_files(api)
    file = exported(api, job_id)
    removed(api, job_id)
    checkpoint = {"name": "m", "key": keys.job(other) + "m", "size": 1, "sha256": "0" * 64}
    stolen = repacked(file, lambda members: members.update({"model.json": forged(members, other, checkpoint)}))
    assert "outside of the job" in assert_problem(api.http.post("/v1/jobs:import", content=stolen), 422)["detail"]


def forged(members: Members, job_id: str, checkpoint: dict[str, Any]) -> bytes:
    """The model of the file, said to be another job's."""
    known = json.loads(members.get("model.json", b"{}"))
    return json.dumps({**known, "job_id": job_id, "checkpoint": checkpoint}).encode()
