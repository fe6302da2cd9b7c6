"""Workers whose clocks differ by minutes share a job."""

from __future__ import annotations

from datetime import datetime, timedelta, tzinfo
from typing import Self

import pytest

from jobs import keys
from jobs.job import JobEnd
from tests.integration.lifecycle.conftest import submit_light
from workers.lifecycle.run_step import run_step
from workers.step.services import Services


class Ahead(datetime):
    """The clock of a host that is five minutes ahead."""

    @classmethod
    def now(cls, tz: tzinfo | None = None) -> Self:
        """Five minutes too late."""
        return cls.fromtimestamp(datetime.now(tz).timestamp() + timedelta(minutes=5).total_seconds(), tz)


def test_a_job_never_ends_before_it_started(light: Services, monkeypatch: pytest.MonkeyPatch) -> None:
    job_id = submit_light(light, images=4)
    run_step(job_id, "plan", light)
    with monkeypatch.context() as elsewhere:
        elsewhere.setattr("workers.lifecycle.run_step.datetime", Ahead)
        run_step(job_id, "shard-00000", light)
    run_step(job_id, "finalize", light)
    end = JobEnd.decode(light.store.get(keys.end(job_id)))
    assert end.started_at is not None
    assert end.finished_at >= end.started_at
