"""HEAD is answered with the status and the headers of GET, and without a body."""

from __future__ import annotations

import pytest

from tests.integration.api.conftest import Api, assert_problem

PATHS = ["/", "/livez", "/readyz", "/openapi.json", "/static/live.js", "/v1/jobs", "/v1/jobs/{job}", "/jobs/{job}"]


@pytest.mark.parametrize("path", [*PATHS, "/v1/jobs/{job}/artifacts/spec.json"])
def test_head_answers_as_get_does_without_a_body(api: Api, path: str) -> None:
    address = path.format(job=api.submit())
    got, headed = api.http.get(address), api.http.head(address)
    assert (headed.status_code, headed.content) == (200, b"")
    for name in ("content-type", "content-length", "etag", "content-security-policy"):
        assert headed.headers.get(name) == got.headers.get(name)


def test_head_of_a_stream_that_goes_on_ends_at_once(api: Api) -> None:
    answer = api.http.head(f"/v1/jobs/{api.submit()}/events", timeout=5)
    assert (answer.status_code, answer.content) == (200, b"")
    assert answer.headers["content-type"].startswith("text/event-stream")
    assert api.http.get("/livez").status_code == 200


def test_head_of_nothing_is_a_404(api: Api) -> None:
    assert api.http.head("/v1/jobs/nothing").status_code == 404
    assert api.http.head("/v1/uploads").status_code == 405


def test_a_method_that_is_not_offered_is_a_problem_with_words(api: Api) -> None:
    assert "Allow header" in assert_problem(api.http.put("/v1/jobs"), 405)["detail"]


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("PUT", "/v1/jobs", "GET, HEAD, POST"),
        ("GET", "/v1/jobs/one:cancel", "POST"),
        ("PUT", "/v1/jobs/one", "GET, HEAD, PATCH, DELETE"),
        ("POST", "/static/style.css", "GET, HEAD"),
    ],
)
def test_a_method_that_is_not_offered_is_told_those_that_are(api: Api, method: str, path: str, allowed: str) -> None:
    answer = api.http.request(method, path)
    assert (answer.status_code, answer.headers["allow"]) == (405, allowed)
