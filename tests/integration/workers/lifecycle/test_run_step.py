"""What becomes of a step, with real Redis and a real network, step by step and without Celery."""

from __future__ import annotations

import dataclasses
import io
from typing import Any

import pyarrow.parquet as pq
import pytest

from jobs import keys
from jobs.errors import StoreUnavailable
from jobs.results.manifest import Manifest
from jobs.results.report import Report
from jobs.state import JobState
from store.memory import MemoryStore
from tests.integration.workers.conftest import submit_explanation
from tests.integration.workers.lifecycle.conftest import FILES, FIRST, report_of, run_all
from tests.services.gathered import outcomes
from workers.kinds.explain import explain_shard
from workers.lifecycle.run_step import run_step
from workers.step.services import Services


def test_a_job_goes_from_plan_to_manifest(services: Services) -> None:
    job_id = submit_explanation(services)
    end = run_all(services, job_id)
    assert end.state is JobState.SUCCEEDED
    assert end.progress.done == end.progress.total == 8
    manifest = Manifest.decode(services.store.get(keys.manifest(job_id)))
    assert manifest.complete
    assert len(outcomes(services.store, job_id)) == 8
    assert services.store.head(keys.active(job_id)) is None


def test_every_file_has_the_digest_that_its_report_says(services: Services) -> None:
    job_id = submit_explanation(services, methods=["gradcam", "integrated_gradients"], contrast="none")
    run_all(services, job_id)
    report = report_of(services, job_id, FIRST)
    pictures = [method.overlay for record in report.records for method in record.methods if method.overlay]
    artifacts = [*report.files, *pictures]
    assert len(artifacts) == 4 * 2 + 2 + 3
    for artifact in artifacts:
        found = services.store.head(artifact.key)
        assert found is not None
        assert (found.size, found.sha256) == (artifact.size, artifact.sha256)


def test_an_explanation_leaves_a_table_and_a_report_that_its_manifest_lists(services: Services) -> None:
    job_id = submit_explanation(services)
    run_all(services, job_id)
    files = {file.name: file for file in Manifest.decode(services.store.get(keys.manifest(job_id))).files}
    assert set(files) == FILES
    for file in files.values():
        found = services.store.head(file.key)
        assert found is not None
        assert (found.size, found.sha256) == (file.size, file.sha256)
    table = pq.read_table(io.BytesIO(services.store.get(files["results.parquet"].key)))
    assert table.column("image_id").unique().to_pylist() == [f"test-{index:05d}" for index in range(8)]
    assert b"</html>" in services.store.get(files["report.html"].key)


def test_a_message_delivered_twice_is_a_no_op(services: Services) -> None:
    job_id = submit_explanation(services)
    run_step(job_id, "plan", services)
    assert run_step(job_id, FIRST, services) == "committed"
    before = services.store.get(keys.report(job_id, FIRST))
    assert run_step(job_id, FIRST, services) == "done before"
    assert run_step(job_id, "plan", services) == "done before"
    assert services.store.get(keys.report(job_id, FIRST)) == before


def test_a_step_that_somebody_works_on_is_left_alone(services: Services) -> None:
    job_id = submit_explanation(services)
    run_step(job_id, "plan", services)
    services.leases.take(job_id, FIRST, token="somebody")
    assert run_step(job_id, FIRST, services) == "taken"
    assert services.store.head(keys.report(job_id, FIRST)) is None


def test_a_worker_that_lost_its_lease_commits_nothing(services: Services, monkeypatch: pytest.MonkeyPatch) -> None:
    job_id = submit_explanation(services)
    run_step(job_id, "plan", services)
    honest = explain_shard.explain_shard

    def robbed(spec: Any, context: Any) -> Report:
        report = honest(spec, context)
        services.leases.release(dataclasses.replace(context_lease(context)))
        services.leases.take(job_id, FIRST, token="thief")
        return report

    def context_lease(context: Any) -> Any:
        return context.pulse._lease

    monkeypatch.setattr(explain_shard, "explain_shard", robbed)
    assert "another worker's" in run_step(job_id, FIRST, services)
    assert services.store.head(keys.report(job_id, FIRST)) is None


class FullStore(MemoryStore):
    """A store whose disk is full for pictures."""

    full = True

    def put(self, key: str, data: bytes, **options: Any) -> Any:
        if self.full and key.endswith(".jpg"):
            raise StoreUnavailable("the store is full")
        return super().put(key, data, **options)


def test_a_full_disk_postpones_the_step_and_it_succeeds_later(services: Services) -> None:
    store = FullStore("full")
    for info in services.store.list(""):
        store.put(info.key, services.store.get(info.key))
    full = dataclasses.replace(services, store=store)
    job_id = submit_explanation(full)
    run_step(job_id, "plan", full)
    assert "the store is full" in run_step(job_id, FIRST, full)
    assert full.board.counters.due(job_id).keys() == {FIRST}
    store.full = False
    assert run_step(job_id, FIRST, full) == "committed"
