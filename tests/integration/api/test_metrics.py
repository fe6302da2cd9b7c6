"""What a Prometheus server reads."""

from __future__ import annotations

from prometheus_client.parser import text_string_to_metric_families

from jobs.state import JobState
from tests.integration.api.conftest import Api

Samples = dict[tuple[str, str], float]


def samples(api: Api) -> Samples:
    """Numbers by name and the value of their label, as Prometheus' own parser reads them."""
    answer = api.http.get("/metrics")
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"].startswith("text/plain; version=0.0.4")
    families = text_string_to_metric_families(answer.text)
    found = [sample for family in families for sample in family.samples]
    return {(sample.name, "".join(sample.labels.values())): sample.value for sample in found}


def test_queues_and_jobs_are_counted(api: Api) -> None:
    _, running, over = (api.submit() for _ in range(3))
    api.publish(running)
    api.end(over)
    found = samples(api)
    assert found["florescope_queue_messages", "light"] == 3
    assert found["florescope_queue_messages", "train"] == 0
    assert found["florescope_jobs_active", JobState.QUEUED] == 1
    assert found["florescope_jobs_active", JobState.RUNNING] == 1
    assert found["florescope_jobs_active", JobState.CANCELLING] == 0
    assert ("florescope_jobs_active", JobState.SUCCEEDED) not in found


def test_leased_steps_and_live_workers_are_counted(api: Api) -> None:
    for step in ("shard-00000", "shard-00001"):
        assert api.connection.leases.take("job", step, token="t")
    api.connection.board.workers.announce("compute@here")
    found = samples(api)
    assert found["florescope_steps_leased", ""] == 2
    assert found["florescope_workers_live", ""] == 1


def test_steps_count_as_open_from_planning_to_the_last_report(api: Api) -> None:
    job_id, windows = api.submit(), api.connection.windows
    assert samples(api)["florescope_steps_open", "light"] == 1  # to be planned
    windows.begin(job_id, [f"shard-{number:05d}" for number in range(5)])
    windows.advance(job_id, size=2)
    assert samples(api)["florescope_steps_open", "light"] == 0
    assert samples(api)["florescope_steps_open", "explain"] == 5
    assert api.connection.leases.take(job_id, "shard-00000", token="t")
    assert samples(api)["florescope_steps_open", "explain"] == 5, "what is worked on is open, though no message waits"
    for number in range(5):
        windows.advance(job_id, size=2)
        windows.complete(job_id, f"shard-{number:05d}")
        assert samples(api)["florescope_steps_open", "explain"] == 4 - number
    assert samples(api)["florescope_steps_open", "finalize"] == 1


def test_a_cancelled_job_needs_no_compute_worker(api: Api) -> None:
    job_id = api.submit()
    api.connection.windows.begin(job_id, ["shard-00000", "shard-00001"])
    api.connection.board.stop(job_id)
    found = samples(api)
    assert found["florescope_steps_open", "explain"] == 0
    assert found["florescope_steps_open", "finalize"] == 1
