"""One trace tells of a job across processes: the API, a light worker, and two computing ones, one of which dies."""

from __future__ import annotations

from collections import Counter

import pytest

from tests.services.light_explanations import light_spec
from tests.services.light_stack import LightStack
from tests.services.otlp_receiver import OtlpReceiver, ReceivedSpan

pytestmark = pytest.mark.kill
IMAGES, SHARD = 32, 8
SHARDS = [f"shard-{number:05d}" for number in range(IMAGES // SHARD)]


def committed(spans: list[ReceivedSpan], job_id: str) -> list[str]:
    """The steps of a job that some attempt has brought to their end."""
    outcomes = {"planned", "committed", "succeeded"}
    mine = [span.attributes for span in spans if span.attributes.get("job_id") == job_id]
    return [found["step"] for found in mine if found.get("outcome") in outcomes]


def shards_of(spans: list[ReceivedSpan], job_id: str, *, worker: str) -> list[str]:
    """The shards of a job that this worker has committed, and told of."""
    mine = [span for span in spans if span.attributes.get("worker", "").split("@")[0] == worker]
    return [step for step in committed(mine, job_id) if step in SHARDS]


def test_a_job_is_one_trace_also_where_a_worker_was_killed_in_a_shard(light: LightStack, traces: OtlpReceiver) -> None:
    light.start("worker-2")
    try:
        light.wait_until_it_consumes("worker-2")
        job_id = light.submit(**light_spec(IMAGES, shard_size=SHARD, image_ms=600))
        # What a worker has not told yet dies with it: it is killed early in its second shard.
        traces.until(lambda found: bool(shards_of(found, job_id, worker="compute")))
        light.wait(job_id, until=lambda _: bool(light.steps_of("worker")))
        light.kill("worker")
        light.redis.empty()
        light.start("worker")
        assert light.end(job_id)["state"] == "succeeded"
        traces.until(lambda found: "finalize" in committed(found, job_id))
        found = traces.until(lambda found: set(SHARDS) <= set(committed(found, job_id)))
    finally:
        light.kill("worker-2")
    spans = [span for span in found if span.attributes.get("job_id") == job_id]
    (request,) = [span for span in spans if span.name == "POST /v1/jobs"]
    steps = [span for span in spans if "step" in span.attributes]
    assert request.parent_id == ""
    assert {span.trace_id for span in spans} == {request.trace_id}
    assert [span for span in found if span.trace_id == request.trace_id and span not in spans] == []
    assert {span.parent_id for span in steps} == {request.span_id}
    assert {span.service for span in steps} == {"florescope-worker"}
    assert Counter(committed(spans, job_id)) == Counter(["plan", *SHARDS, "finalize"])
    assert {span.attributes["kind"] for span in steps} == {"explain"}
    assert {span.attributes["worker"].split("@")[0] for span in steps} >= {"light", "compute2", "finalize"}
