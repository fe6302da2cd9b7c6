"""Messages may come in any order and more than once: what a job has found in the end is always the same."""

from __future__ import annotations

from collections.abc import Set
from dataclasses import dataclass, replace
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dispatch.connection import Connection
from jobs import keys
from jobs.job import JobEnd
from jobs.plan import FINALIZE
from jobs.results.manifest import Manifest
from jobs.results.report import Report
from store.memory import MemoryStore
from tests.services.fake_explanation import JOB, NOBODY, plan_of, work
from tests.services.redis_server import RedisServer
from tests.services.worker_services import services_on
from workers.step.services import Services

PLAN = plan_of(22, shard_size=5)
MESSAGES = st.lists(st.sampled_from([*PLAN.steps, FINALIZE]), max_size=12).flatmap(
    lambda repeats: st.permutations([*PLAN.steps, *repeats])
)


@dataclass(frozen=True)
class Found:
    """All that a job says in the end, but for when it was done and by whom.

    Attributes:
        files: digests by name.
        rows: digests of the rows of each step, by step.
    """

    state: str
    summary: dict[str, Any]
    done: float
    files: dict[str, str]
    rows: dict[str, str]


def found(messages: list[str], services: Services, server: RedisServer, *, twice: Set[str] = NOBODY) -> Found:
    """What the job says once a worker has got these messages, and finalized it."""
    store = MemoryStore("any order")
    server.empty()
    work(PLAN, [*messages, FINALIZE], replace(services, store=store), twice=twice)
    end = JobEnd.decode(store.get(keys.end(JOB.id)))
    assert end.summary is not None
    manifest = Manifest.decode(store.get(keys.manifest(JOB.id)))
    reports = [Report.decode(store.get(entry.key)) for entry in manifest.reports]
    return Found(
        state=end.state.value,
        summary={name: value for name, value in end.summary.items() if name != "images_per_s"},
        done=end.progress.done,
        files={file.name: file.sha256 for file in manifest.files if file.name != "report.html"},  # which tells the time
        rows={report.step: report.rows.sha256 for report in reports if report.rows},
    )


@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(messages=MESSAGES, twice=st.sets(st.sampled_from(PLAN.steps)))
def test_a_job_finds_the_same_in_whatever_order_and_however_often_its_steps_are_done(
    connection: Connection, shared_redis: RedisServer, messages: list[str], twice: set[str]
) -> None:
    services = services_on(connection, MemoryStore("none"))
    in_order = found(list(PLAN.steps), services, shared_redis)
    assert found(messages, services, shared_redis, twice=twice) == in_order
    assert in_order.done == PLAN.total
    assert set(in_order.files) == {"results.parquet", "images.parquet", "records.parquet", "lookup.parquet"}
