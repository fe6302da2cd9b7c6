"""What a job's trace tells: one trace, from the request to the last file, whatever happens to the endpoint."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from typing import Any

import pytest

from dispatch.traces import tracing
from jobs import keys
from jobs.errors import StoreUnavailable
from jobs.job import Job, JobEnd
from jobs.state import JobState
from store.memory import MemoryStore
from tests.integration.workers.conftest import submit_explanation
from tests.services.otlp_receiver import OtlpReceiver, ReceivedSpan, otlp_receiver
from workers.lifecycle.run_step import run_step
from workers.step.services import Services

SHARDS = ("shard-00000", "shard-00001")
STEPS = ("plan", *SHARDS, "finalize")
MORE_THAN_WAIT = 5000


@pytest.fixture
def receiver() -> Iterator[OtlpReceiver]:
    """A collector that this process sends to."""
    with otlp_receiver() as found:
        tracing.start(found.endpoint, service="tests", instance="one", version="0")
        yield found
        found.held.clear()
        tracing.stop()


def run_traced(services: Services) -> str:
    """Submit within a span, as a request does, and run all steps."""
    with tracing.span("POST /v1/jobs", role="server"):
        job_id = submit_explanation(services)
    for step in STEPS:
        run_step(job_id, step, services)
    return job_id


def by_id(spans: list[ReceivedSpan]) -> dict[str, ReceivedSpan]:
    return {span.span_id: span for span in spans}


def test_all_steps_of_a_job_are_children_of_its_submission(services: Services, receiver: OtlpReceiver) -> None:
    job_id = run_traced(services)
    tracing.stop()
    (request,) = [span for span in receiver.spans if span.name == "POST /v1/jobs"]
    steps = [span for span in receiver.spans if "step" in span.attributes]
    assert request.attributes["job_id"] == job_id
    assert [span.attributes["step"] for span in steps] == list(STEPS)
    assert {span.parent_id for span in steps} == {request.span_id}
    assert {span.trace_id for span in receiver.spans} == {request.trace_id}
    assert {span.attributes["kind"] for span in steps} == {"explain"}
    assert [span.attributes["outcome"] for span in steps] == ["planned", "committed", "committed", "succeeded"]
    assert not any(span.failed for span in receiver.spans)


def test_a_shard_tells_its_stages(services: Services, receiver: OtlpReceiver) -> None:
    run_traced(services)
    tracing.stop()
    spans = by_id(receiver.spans)
    stages = [span for span in spans.values() if span.name in {"read", "compute", "measure", "draw", "write"}]
    for shard in (span for span in spans.values() if span.name == "shard"):
        mine = {span.name: span for span in stages if span.parent_id == shard.span_id}
        assert set(mine) == {"read", "compute", "measure", "draw", "write"}
        for stage in mine.values():
            assert shard.began_ns <= stage.began_ns <= stage.ended_ns <= shard.ended_ns
            assert stage.attributes["busy_s"] >= 0


def test_an_attempt_that_failed_says_why_and_the_next_one_stays_in_the_trace(
    services: Services, receiver: OtlpReceiver
) -> None:
    with tracing.span("POST /v1/jobs", role="server"):
        job_id = submit_explanation(services)
    run_step(job_id, "plan", services)

    class Away(MemoryStore):
        def put(self, *_: Any, **__: Any) -> Any:
            raise StoreUnavailable("the bucket is full")

    away = Away("away")
    away._objects = services.store._objects  # type: ignore[attr-defined]
    run_step(job_id, SHARDS[0], dataclasses.replace(services, store=away))
    run_step(job_id, SHARDS[0], services)
    tracing.stop()
    first, second = [span for span in receiver.spans if span.name == "shard"]
    assert (first.failed, second.failed) == (True, False)
    assert "the bucket is full" in first.attributes["outcome"]
    assert first.trace_id == second.trace_id
    assert first.parent_id == second.parent_id


def test_an_endpoint_that_never_answers_keeps_nobody_waiting(services: Services, receiver: OtlpReceiver) -> None:
    receiver.held.set()
    job_id = run_traced(services)
    assert JobEnd.decode(services.store.get(keys.end(job_id))).state is JobState.SUCCEEDED
    assert receiver.asked.wait(10)
    for _ in range(MORE_THAN_WAIT):
        with tracing.span("one more"):
            pass
    tracing.stop()
    assert receiver.spans == [], "all of that was done while the first request waited for its answer"


def test_an_endpoint_that_refuses_fails_no_job(services: Services, receiver: OtlpReceiver) -> None:
    receiver.status = 500
    job_id = run_traced(services)
    assert JobEnd.decode(services.store.get(keys.end(job_id))).state is JobState.SUCCEEDED


def test_without_an_endpoint_a_job_carries_no_trace(services: Services) -> None:
    tracing.start(None, service="tests", instance="one", version="0")
    assert not tracing.on()
    job_id = submit_explanation(services)
    assert Job.decode(services.store.get(keys.spec(job_id))).traceparent is None
