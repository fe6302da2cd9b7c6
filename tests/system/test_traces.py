"""One trace tells of a job across processes: the API, a light worker, and two computing ones, one of which dies."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from store.open_store import open_store
from tests.services.light_explanations import light_spec, publish_light_model
from tests.services.light_stack import LightStack
from tests.services.otlp_receiver import ReceivedSpan, otlp_receiver
from tests.services.redis_server import redis_server

pytestmark = pytest.mark.kill
SERVICES = ("api", "light", "finalize", "beat", "worker", "worker-2")
IMAGES, SHARD = 32, 8
SHARDS = [f"shard-{number:05d}" for number in range(IMAGES // SHARD)]


def committed(spans: list[ReceivedSpan], job_id: str) -> list[str]:
    """The steps of a job that some attempt has brought to their end."""
    outcomes = {"planned", "committed", "succeeded"}
    mine = [span.attributes for span in spans if span.attributes.get("job_id") == job_id]
    return [found["step"] for found in mine if found.get("outcome") in outcomes]


def test_a_job_is_one_trace_also_where_a_worker_was_killed_in_a_shard(tmp_path: Path) -> None:
    with otlp_receiver() as receiver, redis_server(tmp_path) as server:
        stack = LightStack(tmp_path, server, {"OTEL_EXPORTER_OTLP_ENDPOINT": receiver.endpoint})
        publish_light_model(open_store(stack.store.as_uri()))
        with stack.running(SERVICES):
            job_id = stack.submit(**light_spec(IMAGES, shard_size=SHARD, image_ms=400))
            stack.wait(job_id, until=lambda job: bool(stack.steps_of("worker")) and job["progress"]["done"] > 0)
            stack.kill("worker")
            server.empty()
            stack.start("worker")
            assert stack.end(job_id)["state"] == "succeeded"
            spans = receiver.until(lambda found: "finalize" in committed(found, job_id))
            spans = receiver.until(lambda found: set(SHARDS) <= set(committed(found, job_id)))
    (request,) = [span for span in spans if span.name == "POST /v1/jobs"]
    steps = [span for span in spans if "step" in span.attributes]
    assert request.attributes["job_id"] == job_id
    assert request.parent_id == ""
    assert {span.trace_id for span in spans} == {request.trace_id}
    assert {span.parent_id for span in steps} == {request.span_id}
    assert {span.service for span in steps} == {"florescope-worker"}
    assert Counter(committed(spans, job_id)) == Counter(["plan", *SHARDS, "finalize"])
    assert {span.attributes["kind"] for span in steps} == {"explain"}
    assert {span.attributes["worker"].split("@")[0] for span in steps} >= {"light", "compute2", "finalize"}
