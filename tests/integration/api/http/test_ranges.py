"""Files are given in parts, so that an interrupted download can be continued."""

from __future__ import annotations

import hashlib

import pytest

from jobs import keys
from tests.integration.api.conftest import Api, assert_problem, published

DATA = bytes(range(256)) * 10_000
SIZE = len(DATA)
ETAG = f'"{hashlib.sha256(DATA).hexdigest()}"'


@pytest.fixture
def path(api: Api) -> str:
    """Where the file of a model is."""
    return f"/v1/models/{published(api, DATA)}/file"


@pytest.mark.parametrize(
    ("asked", "start", "stop"),
    [
        ("bytes=0-0", 0, 1),
        ("bytes=1000000-1999999", 1_000_000, 2_000_000),
        ("bytes=2000000-", 2_000_000, SIZE),
        (f"bytes=5-{SIZE * 9}", 5, SIZE),
        ("bytes=-100", SIZE - 100, SIZE),
        (f"bytes=-{SIZE * 9}", 0, SIZE),
    ],
)
def test_a_part_is_what_was_asked_for(api: Api, path: str, asked: str, start: int, stop: int) -> None:
    answer = api.http.get(path, headers={"Range": asked})
    assert (answer.status_code, answer.content) == (206, DATA[start:stop])
    assert answer.headers["content-range"] == f"bytes {start}-{stop - 1}/{SIZE}"
    assert answer.headers["content-length"] == str(stop - start)
    assert answer.headers["etag"] == ETAG


@pytest.mark.parametrize("asked", ["bytes=", "bytes=-", "bytes=9-1", "bytes=0-1,5-6", "lines=1-2", "bytes=x-y"])
def test_what_is_no_single_range_of_bytes_gets_the_whole_file(api: Api, path: str, asked: str) -> None:
    answer = api.http.get(path, headers={"Range": asked})
    assert (answer.status_code, answer.content) == (200, DATA)
    assert answer.headers["accept-ranges"] == "bytes"


@pytest.mark.parametrize("asked", [f"bytes={SIZE}-", "bytes=-0"])
def test_a_part_that_the_file_does_not_have_is_a_416(api: Api, path: str, asked: str) -> None:
    answer = api.http.get(path, headers={"Range": asked})
    assert f"a file of {SIZE} bytes" in assert_problem(answer, 416)["detail"]
    assert answer.headers["content-range"] == f"bytes */{SIZE}"


def test_who_has_a_part_of_another_file_gets_the_whole_one(api: Api, path: str) -> None:
    headers = {"Range": "bytes=5-", "If-Range": '"another"'}
    assert api.http.get(path, headers=headers).content == DATA
    assert api.http.get(path, headers={**headers, "If-Range": ETAG}).content == DATA[5:]


def test_a_file_that_may_change_comes_in_parts_too(api: Api) -> None:
    job_id = api.submit()
    whole = api.store.get(keys.spec(job_id))
    answer = api.http.get(f"/v1/jobs/{job_id}/artifacts/spec.json", headers={"Range": "bytes=3-9"})
    assert (answer.status_code, answer.content) == (206, whole[3:10])


def test_head_tells_the_size_of_the_whole_file(api: Api, path: str) -> None:
    answer = api.http.head(path, headers={"Range": "bytes=3-9"})
    assert (answer.status_code, answer.headers["content-length"]) == (200, str(SIZE))
