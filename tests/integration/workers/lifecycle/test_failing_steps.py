"""What holds while a step that cannot be done ends its job."""

from __future__ import annotations

import time
from typing import Any

import pytest

from dispatch.lease import Lease
from jobs import keys
from jobs.errors import Permanent
from jobs.job import JobEnd
from jobs.results.report import Report
from jobs.state import JobState
from tests.integration.workers.conftest import submit_explanation
from workers.kinds.explain import explain_shard
from workers.lifecycle.run_step import run_step
from workers.step import pulse
from workers.step.services import Services

FIRST, SECOND = "shard-00000", "shard-00001"


def end_of(services: Services, job_id: str) -> JobEnd:
    return JobEnd.decode(services.store.get(keys.end(job_id)))


@pytest.mark.parametrize("lease_ttl_s", [2])
def test_a_step_that_fails_its_job_is_left_alone_until_the_end_is_written(
    services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    def failing(*_: Any) -> Report:
        raise Permanent("it cannot be done")

    def slow(*_: object) -> bytes:
        time.sleep(1.5 * services.leases.ttl_s)
        thieves.append(services.leases.take(job_id, SECOND, token="thief"))
        return b""

    thieves: list[Lease | None] = []
    job_id = submit_explanation(services)
    run_step(job_id, "plan", services)
    run_step(job_id, FIRST, services)
    monkeypatch.setattr(pulse, "BEAT_S", services.leases.ttl_s / 6)
    monkeypatch.setattr("workers.kinds.explain.finish.report_page", slow)
    monkeypatch.setattr(explain_shard, "explain_shard", failing)
    assert run_step(job_id, SECOND, services) == "failed: it cannot be done"
    assert thieves == [None]
    assert end_of(services, job_id).state is JobState.FAILED
