"""Whatever the description allows or forbids, the API answers as its description says."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

import pytest
import schemathesis
from hypothesis import HealthCheck, assume, settings
from schemathesis.specs.openapi.checks import negative_data_rejection, positive_data_acceptance

from api.app import create_app
from dispatch.connection import connect
from store.memory import MemoryStore
from tests.integration.api.conftest import Api

NOBODY = connect(redis_url="redis://127.0.0.1:1/0")
DESCRIPTION = create_app(store=MemoryStore("description"), board=NOBODY.board, queue=NOBODY.queue).openapi()
# No schema can say what is in a file that a model or a photograph is read from, which files were uploaded, nor which
# addresses a kind of channel has.
BEYOND_SCHEMA = (
    "PUT /v1/projects/{project}/channels/{channel}",
    "POST /v1/jobs",
    "POST /v1/jobs:import",
    "POST /v1/models",
    "POST /v1/uploads",
    "PUT /v1/datasets/{path}",
)
# A server closes the connection on a longer one, before it has read it.
LONGEST_ADDRESS = 60_000
schema = schemathesis.openapi.from_dict(DESCRIPTION)
events = schema.include(path="/v1/jobs/{job_id}/events")


@schema.parametrize()
@settings(max_examples=50, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@pytest.mark.usefixtures("rose")
def test_the_api_answers_as_it_is_described(case: schemathesis.Case[Any], api: Api) -> None:
    assume(len(urlencode(case.query or {}, doseq=True)) < LONGEST_ADDRESS)
    url, beyond = str(api.http.base_url), case.operation.label in BEYOND_SCHEMA
    case.call_and_validate(url, excluded_checks=[positive_data_acceptance] if beyond else [], timeout=30)


@events.parametrize()
@settings(max_examples=50, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
def test_the_stream_of_a_job_that_is_over_answers_as_it_is_described(case: schemathesis.Case[Any], api: Api) -> None:
    job_id = api.submit()
    api.end(job_id)
    case.path_parameters = {"job_id": job_id}
    case.call_and_validate(str(api.http.base_url), excluded_checks=[negative_data_rejection], timeout=30)
