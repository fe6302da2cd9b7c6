"""Each error of a body names the field to correct, whatever the body is of, and says what is expected in words."""

from __future__ import annotations

from typing import Any

import pytest

from tests.integration.api.conftest import Api


@pytest.mark.parametrize(
    ("path", "body", "field", "words"),
    [
        ("/v1/projects/default/retention", {"keep": "90 days"}, "keep", "expected a number of hours, days or weeks"),
        ("/v1/retention", {"features": "0d"}, "features", "such as '12h', '90d' or '8w'"),
        ("/v1/projects/default/weight", {"weight": "x"}, "weight", "valid number"),
        ("/v1/projects/default/quota", {"bytes": "5GB"}, "bytes", "write a whole number"),
    ],
)
def test_what_is_put_for_a_project_is_refused_by_the_field(
    api: Api, path: str, body: dict[str, Any], field: str, words: str
) -> None:
    (error,) = api.http.put(path, json=body).json()["errors"]
    assert error["field"] == field
    assert words in error["message"]


@pytest.mark.parametrize(
    ("change", "field", "words"),
    [({"priority": "urgent"}, "priority", "'high', 'normal' or 'low'"), ({"deadline": "soon"}, "deadline", "datetime")],
)
def test_a_change_of_a_turn_is_refused_by_the_field(api: Api, change: dict[str, str], field: str, words: str) -> None:
    (error,) = api.http.patch(f"/v1/jobs/{api.submit()}", json=change).json()["errors"]
    assert error["field"] == field
    assert words in error["message"]


def test_the_name_of_a_key_is_refused_in_words(api: Api) -> None:
    body = {"name": "a\nb", "role": "viewer", "projects": ["default"]}
    (error,) = api.http.post("/v1/keys", json=body).json()["errors"]
    assert (error["field"], error["message"]) == ("name", "expected a name in one line, without control characters")
