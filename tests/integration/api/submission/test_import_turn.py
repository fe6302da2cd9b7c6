"""A model file that is sent and imported in one request says when it is to be done and whom to tell."""

from __future__ import annotations

from typing import Any

import pytest

from tests.integration.api.conftest import Api, assert_problem


def send(api: Api, **query: Any) -> Any:
    return api.http.post("/v1/models", params={"preprocessing": "none", **query}, content=b"PK model")


def test_an_import_has_priority_deadline_and_channels(api: Api) -> None:
    channel = {"kind": "webhook", "url": "https://example.org/hook"}
    assert api.http.put("/v1/projects/default/channels/ci", json=channel).status_code < 300
    job = send(api, priority="high", deadline="2099-01-31T18:00Z", notify="ci").json()
    assert (job["turn"]["priority"], job["turn"]["deadline"]) == ("high", "2099-01-31T18:00:00Z")
    assert job["spec"]["notify"] == ["ci"]


@pytest.mark.parametrize("query", [{"priority": "urgent"}, {"deadline": "2020-01-31T18:00Z"}, {"notify": "nobody"}])
def test_what_cannot_be_is_refused_and_nothing_is_imported(api: Api, query: dict[str, str]) -> None:
    assert_problem(send(api, **query), 422)
    assert api.http.get("/v1/jobs").json()["items"] == []
