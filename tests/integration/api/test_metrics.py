"""What a Prometheus server reads."""

from __future__ import annotations

from datetime import UTC, datetime

from prometheus_client.parser import text_string_to_metric_families

from api.app import create_app
from dispatch.metrics.table import JOBS_ENDED, QUEUE_WAIT_SECONDS
from jobs.live.at_work import GpuUse, WorkerSign
from jobs.state import JobState
from tests.integration.api.conftest import Api
from tests.services.api_server import api_client

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


def test_every_replica_says_what_workers_have_counted(api: Api) -> None:
    api.connection.board.metrics.add(JOBS_ENDED, "train", "failed", by=3)
    another = create_app(store=api.store, board=api.connection.board, queue=api.connection.queue)
    with api_client(another) as http:
        for told in (api.http.get("/metrics").text, http.get("/metrics").text):
            assert 'florescope_jobs_ended_total{kind="train",state="failed"} 3.0' in told
            assert 'florescope_jobs_ended_total{kind="train",state="succeeded"} 0.0' in told


def test_buckets_of_times_hold_all_that_took_no_longer(api: Api) -> None:
    for seconds in (0.2, 1, 1, 1e6):
        api.connection.board.metrics.observe(QUEUE_WAIT_SECONDS, seconds, "train")
    found = samples(api)
    buckets = {bound: found["florescope_queue_wait_seconds_bucket", f"{bound}train"] for bound in ("0.1", "0.5", "2.0")}
    assert buckets == {"0.1": 0, "0.5": 1, "2.0": 3}
    assert found["florescope_queue_wait_seconds_bucket", "+Inftrain"] == 4
    assert found["florescope_queue_wait_seconds_count", "train"] == 4
    assert found["florescope_queue_wait_seconds_sum", "train"] == 1e6 + 2.2


def test_workers_and_their_disks_are_told(api: Api) -> None:
    sign = WorkerSign(worker="light@here", queues=("light",), since=datetime.now(UTC), disk_free=0.25)
    api.connection.board.staff.give(sign.worker, sign)
    found = samples(api)
    assert found["florescope_workers", "light"] == 1
    assert found["florescope_workers", "train"] == 0
    assert found["florescope_worker_disk_free_ratio", "light@here"] == 0.25
    assert found["florescope_redis_memory_bytes", ""] > 0


def test_gpus_are_told_by_each_worker_of_their_machine_and_nothing_where_there_are_none(api: Api) -> None:
    assert not [name for name, _ in samples(api) if "gpu" in name]
    whole = GpuUse(name="H100", used_bytes=3, total_bytes=8, uuid="GPU-1", busy=0.5)
    part = GpuUse(name="H100", used_bytes=1, total_bytes=2, uuid="MIG-2")
    for worker in ("a", "b"):
        sign = WorkerSign(worker=worker, queues=("explain",), since=datetime.now(UTC), gpus=(whole, part))
        api.connection.board.staff.give(worker, sign)
    found = samples(api)
    assert [found["florescope_gpu_memory_used_bytes", f"GPU-1H100{worker}"] for worker in "ab"] == [3, 3]
    assert found["florescope_gpu_memory_bytes", "MIG-2H100a"] == 2
    assert found["florescope_gpu_busy_ratio", "GPU-1H100a"] == 0.5
    assert ("florescope_gpu_busy_ratio", "MIG-2H100a") not in found
