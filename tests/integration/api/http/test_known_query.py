"""Query parameters that a route does not have are refused, with those that it has."""

from __future__ import annotations

import pytest

from tests.integration.api.conftest import Api, assert_problem

ROUTES = [
    ("GET", path)
    for path in (
        "/v1/jobs",
        "/v1/jobs/x",
        "/v1/jobs/x/events",
        "/v1/jobs/x/results",
        "/v1/jobs/x/facets",
        "/v1/jobs/x/trials",
        "/v1/jobs/x/artifacts",
        "/v1/jobs/x/artifacts/report.html",
        "/v1/jobs/x/images/1/gradcam.jpg",
        "/v1/models",
        "/v1/models/x",
        "/v1/models/x/file",
        "/v1/uploads/" + "0" * 64,
        "/v1/datasets",
        "/v1/methods",
        "/livez",
        "/readyz",
        "/metrics",
        "/",
        "/models",
        "/jobs/x",
        "/jobs/x/images",
        "/docs",
    )
] + [
    ("POST", "/v1/jobs"),
    ("POST", "/v1/jobs/x:cancel"),
    ("POST", "/v1/jobs/x:retry"),
    ("POST", "/v1/models"),
    ("POST", "/v1/uploads"),
    ("PUT", "/v1/datasets/mine/rose/1.jpg"),
]


@pytest.mark.parametrize(("method", "path"), ROUTES)
def test_every_route_refuses_what_it_does_not_know(api: Api, method: str, path: str) -> None:
    body = assert_problem(api.http.request(method, path, params={"colour": "red"}), 422)
    assert [each["field"] for each in body["errors"]] == ["colour"]
    assert "unknown query parameter" in body["errors"][0]["message"]
    assert api.contents() == {}


@pytest.mark.parametrize(
    ("path", "name", "words"),
    [
        (
            "/v1/jobs/x/results",
            "predicted",
            "there are limit, after, outcome, label, prediction, flag, cluster, range, id, search, sort, method",
        ),
        ("/v1/jobs/x/results", "outcomes", "did you mean 'outcome'?"),
        ("/v1/jobs", "States", "did you mean 'state'?"),
        ("/v1/datasets", "limit", "there is none here"),
    ],
)
def test_those_there_are_are_named_with_the_one_that_may_be_meant(api: Api, path: str, name: str, words: str) -> None:
    assert words in assert_problem(api.http.get(path, params={name: "3"}), 422)["detail"]


def test_every_unknown_one_is_named(api: Api) -> None:
    body = assert_problem(api.http.get("/v1/jobs?a=1&limit=3&b=2&a=3"), 422)
    assert [each["field"] for each in body["errors"]] == ["a", "b"]


def test_a_person_gets_a_page_that_says_so(api: Api) -> None:
    answer = api.http.get("/?colour=red", headers={"accept": "text/html"})
    assert answer.status_code == 422
    assert "unknown query parameter" in answer.text


def test_what_a_route_knows_is_taken(api: Api) -> None:
    assert api.http.get("/v1/jobs", params={"limit": 3, "kind": "train", "parent": ""}).status_code == 200
    model = {"preprocessing": "none", "class_name": ["a", "b"], "image_size": "no number"}
    assert "unknown" not in api.http.post("/v1/models", params=model, content=b"").text
