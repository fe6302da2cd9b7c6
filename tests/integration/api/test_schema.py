"""Whatever the description allows or forbids, the API answers as its description says."""

from __future__ import annotations

from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, settings
from schemathesis.specs.openapi.checks import (
    allow_header_conformance,
    negative_data_rejection,
    positive_data_acceptance,
    unsupported_method,
)

from api.app import create_app
from dispatch.connection import connect
from store.memory import MemoryStore
from tests.integration.api.conftest import Api

NOBODY = connect(redis_url="redis://127.0.0.1:1/0")
DESCRIPTION = create_app(store=MemoryStore("description"), board=NOBODY.board, queue=NOBODY.queue).openapi()
# The stream of events has no end.
# Of several routes on one path, the framework's Allow header names the methods of the first. Numbers may come as text
# or truth values, as long as they are in range; and what no schema can say, such as which models there are, is
# refused too.
NOT_PROMISED = (
    unsupported_method,
    allow_header_conformance,
    negative_data_rejection,
    positive_data_acceptance,
)
schema = schemathesis.openapi.from_dict(DESCRIPTION).exclude(path="/v1/jobs/{job_id}/events")


@schema.parametrize()
@settings(max_examples=10, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@pytest.mark.usefixtures("rose")
def test_the_api_answers_as_it_is_described(case: schemathesis.Case[Any], api: Api) -> None:
    case.call_and_validate(base_url=str(api.http.base_url), excluded_checks=[*NOT_PROMISED], timeout=30)
