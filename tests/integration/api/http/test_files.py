"""Files that a job made: their digests, and not sending them twice."""

from __future__ import annotations

import hashlib

import pytest

from jobs import keys
from store.base import ObjectInfo
from store.memory import MemoryStore
from tests.integration.api.conftest import Api, assert_problem, published


def test_every_file_is_listed_with_its_digest_and_is_what_the_digest_says(api: Api) -> None:
    job_id = api.submit()
    api.end(job_id)
    items = api.http.get(f"/v1/jobs/{job_id}/artifacts").json()["items"]
    assert [item["name"] for item in items] == ["spec.json", "end.json"]
    for item in items:
        answer = api.http.get(item["links"]["self"])
        assert len(answer.content) == item["size"] == int(answer.headers["content-length"])
        assert hashlib.sha256(answer.content).hexdigest() == item["sha256"]
        assert answer.headers["etag"] == f'"{item["sha256"]}"'


def test_files_come_page_by_page(api: Api) -> None:
    job_id = api.submit()
    api.end(job_id)
    first = api.http.get(f"/v1/jobs/{job_id}/artifacts", params={"limit": 1}).json()
    assert [item["name"] for item in first["items"]] == ["spec.json"]
    second = api.http.get(f"/v1/jobs/{job_id}/artifacts", params={"limit": 1, "after": first["next"]}).json()
    assert [item["name"] for item in second["items"]] == ["end.json"]
    assert second["next"] is None


def test_a_file_that_the_client_has_is_not_sent_again(api: Api) -> None:
    job_id = api.submit()
    path = f"/v1/jobs/{job_id}/artifacts/spec.json"
    etag = api.http.get(path).headers["etag"]
    answer = api.http.get(path, headers={"If-None-Match": etag})
    assert (answer.status_code, answer.content) == (304, b"")
    assert answer.headers["etag"] == etag
    assert api.http.get(path, headers={"If-None-Match": f'"other", {etag}'}).status_code == 304
    assert api.http.get(path, headers={"If-None-Match": f"W/{etag}"}).status_code == 304
    assert api.http.get(path, headers={"If-None-Match": "*"}).status_code == 304
    assert api.http.get(path, headers={"If-None-Match": '"other"'}).status_code == 200
    assert api.http.get(path, headers={"If-None-Match": etag.strip('"')}).status_code == 200


def test_a_file_is_saved_and_never_shown_as_a_page(api: Api) -> None:
    answer = api.http.get(f"/v1/jobs/{api.submit()}/artifacts/spec.json")
    assert answer.headers["content-disposition"].startswith("attachment")
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "default-src 'none'" in answer.headers["content-security-policy"]


def test_a_file_that_is_not_there_is_a_404_with_words(api: Api) -> None:
    job_id = api.submit()
    body = assert_problem(api.http.get(f"/v1/jobs/{job_id}/artifacts/portrait.png"), 404)
    assert "has no file 'portrait.png'" in body["detail"]


def test_nothing_outside_the_job_can_be_reached(api: Api, rose: str) -> None:
    job_id = api.submit()
    for name in (f"../../{keys.model(rose)}", f"..%2F..%2F{keys.model(rose)}", "/etc/passwd", "%2e%2e/x"):
        assert api.http.get(f"/v1/jobs/{job_id}/artifacts/{name}").status_code == 404


def test_a_file_that_will_change_is_asked_for_again_and_one_that_never_does_is_not(api: Api) -> None:
    job_id = api.submit()
    changing = api.http.get(f"/v1/jobs/{job_id}/artifacts/spec.json")
    assert changing.headers["cache-control"] == "private, no-cache"
    assert "immutable" in api.http.get(f"/v1/models/{published(api, b'weights')}/file").headers["cache-control"]


def test_a_file_that_is_written_again_meanwhile_comes_with_the_digest_of_what_is_sent(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    job_id = api.submit()
    key, look = keys.trials(job_id), MemoryStore.head
    api.store.put(key, b"short")

    def head_before_the_change(store: MemoryStore, asked: str) -> ObjectInfo | None:
        found = look(store, asked)
        if asked == key:
            store.put(key, b"longer than before")
        return found

    monkeypatch.setattr(MemoryStore, "head", head_before_the_change)
    answer = api.http.get(f"/v1/jobs/{job_id}/artifacts/trials.json")
    assert answer.content == b"longer than before"
    assert answer.headers["etag"] == f'"{hashlib.sha256(answer.content).hexdigest()}"'


def test_the_list_of_the_pictures_of_a_folder_is_a_file_of_the_job(api: Api) -> None:
    job_id = api.submit()
    api.store.put(keys.listing(job_id), b"{}")
    items = api.http.get(f"/v1/jobs/{job_id}/artifacts").json()["items"]
    assert [item["name"] for item in items] == ["spec.json", "listing.json"]
    assert api.http.get(f"/v1/jobs/{job_id}/artifacts/listing.json").content == b"{}"


def test_a_browser_asks_whether_a_script_is_that_of_this_release(api: Api) -> None:
    answer = api.http.get("/static/live.js")
    assert answer.headers["cache-control"] == "no-cache"
    known = api.http.get("/static/live.js", headers={"if-none-match": answer.headers["etag"]})
    assert (known.status_code, known.headers["cache-control"]) == (304, "no-cache")


@pytest.mark.parametrize("path", ["/v1/jobs", "/v1/jobs/none", "/v1/whoami", "/", "/metrics"])
def test_what_one_caller_sees_at_one_moment_is_kept_by_no_cache(api: Api, path: str) -> None:
    assert api.http.get(path).headers["cache-control"] == "no-store"
