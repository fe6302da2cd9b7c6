"""The pulse of a step goes on for as long as the step, whatever Redis does meanwhile."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest

from jobs import keys
from jobs.job import Job
from tests.integration.workers.conftest import submit_explanation
from tests.services.redis_server import RedisServer
from tests.services.refusals import refusing
from workers.step import pulse
from workers.step.interruption import Cancelled
from workers.step.pulse import Pulse
from workers.step.services import Services


@pytest.fixture
def lease_ttl_s() -> float:
    """Much longer than the pulse needs to renew it, which it does six times as often."""
    return 2


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pulse, "BEAT_S", 0.02)


def eventually(true: Callable[[], object]) -> bool:
    deadline = time.monotonic() + 120
    while not true():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True


def begin(services: Services) -> tuple[str, Pulse]:
    job_id = submit_explanation(services)
    lease = services.leases.take(job_id, "step", token="mine")
    assert lease
    job = Job.decode(services.store.get(keys.spec(job_id)))
    return job_id, Pulse(services, job, lease, total=10, unit="images")


def shown(services: Services, job_id: str) -> float:
    snapshot = services.board.progress.snapshot(job_id)
    return snapshot.progress.done if snapshot else 0.0


def test_after_a_refusal_the_pulse_keeps_its_lease_shows_progress_and_hears_of_the_end(
    services: Services, shared_redis: RedisServer
) -> None:
    job_id, beating = begin(services)
    with beating:
        beating.progress(1)
        assert eventually(lambda: shown(services, job_id) == 1)
        with refusing(shared_redis, "NOREPLICAS"):
            time.sleep(1.5 * services.leases.ttl_s)
        beating.progress(2)
        assert eventually(lambda: shown(services, job_id) == 2)
        assert services.leases.take(job_id, "step", token="another") is None
        services.board.stop(job_id)
        assert eventually(lambda: stopped(beating))


def stopped(beating: Pulse) -> bool:
    try:
        beating.check()
    except Cancelled:
        return True
    return False


def test_an_error_that_nobody_thought_of_does_not_end_the_pulse(
    services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    job_id, beating = begin(services)

    def broken(_: str) -> bool:
        raise ZeroDivisionError

    with beating:
        with monkeypatch.context() as patched:
            patched.setattr(services.board, "stopped", broken)
            time.sleep(1.5 * services.leases.ttl_s)
        beating.progress(3)
        assert eventually(lambda: shown(services, job_id) == 3)
        assert services.leases.take(job_id, "step", token="another") is None


def test_a_trouble_that_lasts_is_one_line_in_the_log(
    services: Services, shared_redis: RedisServer, caplog: pytest.LogCaptureFixture
) -> None:
    job_id, beating = begin(services)
    with beating:
        beating.progress(1)
        assert eventually(lambda: shown(services, job_id) == 1)
        with refusing(shared_redis, "NOREPLICAS"):
            time.sleep(1)
        beating.progress(2)
        assert eventually(lambda: shown(services, job_id) == 2)
    assert sum("'pulse_missed'" in record.getMessage() for record in caplog.records) == 1
