"""Half a character (a lone surrogate) is what JSON can write and nothing else can: refused like any other name."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from jobs.specs.spec import SPECS
from tests.integration.api.conftest import Api, assert_problem

HALF = "a\ud800b"
DOCUMENTS = {spec.kind_name(): spec.example.document for spec in SPECS}


def broken(document: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """The document with half a character in each of its fields, and as a field."""
    for name in (*document, "dataset", "model", "name", "target", "upload", "split"):
        yield {**document, name: HALF}
        yield {**document, name: [HALF]}
        yield {**document, name: {HALF: HALF}}
    yield {**document, "dataset": f"store:{HALF}"}
    yield {**document, "model": f"job:{HALF}"}
    yield {**document, HALF: 1}


@pytest.mark.parametrize("kind", DOCUMENTS)
def test_half_a_character_is_refused(api: Api, kind: str) -> None:
    for document in broken(DOCUMENTS[kind]):
        body = json.dumps(document)
        answer = api.http.post("/v1/jobs", content=body, headers={"content-type": "application/json"})
        assert_problem(answer, 422)
