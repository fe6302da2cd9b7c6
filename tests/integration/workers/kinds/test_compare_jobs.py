"""The life of a comparison: what it refuses, what it waits for, its page, and a step that is done again."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from api.app import create_app
from dispatch.connection import Connection
from dispatch.submission import request_cancel
from jobs import keys
from jobs.job import JobEnd
from jobs.state import JobState
from store.base import ObjectInfo
from store.memory import MemoryStore
from tests.services.comparisons import artifact, compared, found_by, images, refusal, submit_comparison
from tests.services.stored_results import store_ended, store_results
from tests.services.worker_services import services_on
from workers.lifecycle.run_step import run_step
from workers.step.services import Services


@pytest.fixture
def services(connection: Connection) -> Services:
    return services_on(connection, MemoryStore("worker"))


@pytest.mark.parametrize(
    ("other", "field", "words"),
    [
        ({"kind": "evaluate"}, "second", "first is of kind 'explain', second of kind 'evaluate'"),
        ({"label": "species"}, "second", "first is by label None, second by label 'species'"),
        ({"dataset": "oxford_flowers102"}, "second", "of data set 'synthetic_flowers', second of 'oxford_flowers102'"),
    ],
)
def test_jobs_that_cannot_be_compared_are_refused_by_name(
    services: Services, other: dict[str, Any], field: str, words: str
) -> None:
    store_results(services.store, "one", images(right=2, wrong=0))
    store_results(services.store, "other", [replace(each, maps={}) for each in images(right=2, wrong=0)], spec=other)
    found = refusal(services)
    assert found[0] == field
    assert words in found[1]


def test_jobs_that_share_no_image_are_refused(services: Services) -> None:
    store_results(services.store, "one", images(right=2, wrong=0))
    store_results(services.store, "other", images(right=4, wrong=0)[2:], spec={"split": "test[2:4]"})
    field, message = refusal(services)
    assert field == "second"
    assert "no image in common: first is of 'test', second of 'test[2:4]'" in message


@pytest.mark.parametrize("state", [JobState.FAILED, JobState.CANCELLED])
def test_a_job_that_did_not_come_to_its_end_is_refused_with_the_reason(services: Services, state: JobState) -> None:
    store_results(services.store, "one", images(right=2, wrong=0))
    store_ended(services.store, "other", {"kind": "explain"}, state, why="the model is gone")
    assert refusal(services) == (
        "second",
        f"job other ended {state.value}, so its results are not whole: the model is gone",
    )


def test_a_job_of_another_kind_is_refused(services: Services) -> None:
    store_results(services.store, "one", images(right=2, wrong=0))
    store_ended(services.store, "other", {"kind": "preview"}, JobState.SUCCEEDED)
    assert "is of kind 'preview', which leaves no results by image" in refusal(services)[1]


def test_a_comparison_waits_for_jobs_that_have_not_ended(services: Services) -> None:
    store_results(services.store, "one", images(right=2, wrong=0))
    store_results(services.store, "other", images(right=2, wrong=0))
    end = services.store.get(keys.end("other"))
    services.store.delete(keys.end("other"))
    job_id = submit_comparison(services)
    assert run_step(job_id, "plan", services) == "waits for another job"
    snapshot = services.board.progress.snapshot(job_id)
    assert snapshot is not None
    assert snapshot.progress.message == "waits for job other"
    services.store.put(keys.end("other"), end)
    assert run_step(job_id, "plan", services) == "planned"


def test_damaged_raw_maps_fail_the_comparison_and_are_named(services: Services) -> None:
    store_results(services.store, "one", images(right=2, wrong=0))
    store_results(services.store, "other", images(right=2, wrong=0))
    key = "jobs/other/attempts/shard-00000/one/shard-00000/gradcam.npz"
    services.store.put(key, b"damaged")
    end, _ = compared(services)
    assert end.error is not None
    assert key in end.error.message


def test_the_page_shows_both_jobs_and_leads_to_every_evidence(services: Services) -> None:
    store_results(services.store, "one", images(right=6, wrong=4))
    store_results(services.store, "other", images(right=4, wrong=6))
    _, job_id = compared(services)
    client = TestClient(create_app(store=services.store, board=services.board, queue=services.queue))
    for address in (f"/jobs/{job_id}", f"/jobs/{job_id}/report"):
        page = client.get(address)
        assert page.status_code == 200
        assert "The second mends 0 images and breaks 2." in page.text
        anchors = set(re.findall(r'href="#([\w-]+)"', page.text)) - {"images"}
        assert anchors <= set(re.findall(r'id="([\w-]+)"', page.text)), address
    assert "/v1/jobs/other/images/test-00004/gradcam.jpg" in client.get(f"/jobs/{job_id}").text
    assert client.get("/v1/jobs/other/images/test-00004/gradcam.jpg").status_code == 200


def test_the_page_of_a_comparison_that_is_under_way_says_what_will_come(services: Services) -> None:
    store_results(services.store, "one", images(right=2, wrong=0))
    store_results(services.store, "other", images(right=2, wrong=0))
    job_id = submit_comparison(services)
    client = TestClient(create_app(store=services.store, board=services.board, queue=services.queue))
    assert "appear when all images are compared" in client.get(f"/jobs/{job_id}").text


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"second": "nothing"}, "there is no job 'nothing'"),
        ({"second": "preview"}, "leaves no results by image"),
        ({"second": "failed"}, "job failed is failed"),
        ({"second": "one"}, "name two jobs"),
    ],
)
def test_what_cannot_be_compared_is_refused_when_it_is_submitted(
    services: Services, changes: dict[str, str], words: str
) -> None:
    store_results(services.store, "one", images(right=2, wrong=0))
    store_ended(services.store, "preview", {"kind": "preview"}, JobState.SUCCEEDED)
    store_ended(services.store, "failed", {"kind": "explain"}, JobState.FAILED)
    client = TestClient(create_app(store=services.store, board=services.board, queue=services.queue))
    answer = client.post("/v1/jobs", json={"kind": "compare", "first": "one", **changes})
    assert answer.status_code == 422
    assert words in answer.text


def test_a_step_that_is_done_again_finds_the_same(services: Services) -> None:
    store_results(services.store, "one", images(right=6, wrong=4, values={"focus": 0.2}))
    store_results(services.store, "other", images(right=4, wrong=6, values={"focus": 0.4}), shard_size=3)
    job_id = submit_comparison(services)
    run_step(job_id, "plan", services)
    run_step(job_id, "compare", services)
    first = services.store.get(artifact(services, job_id, "comparison.json"))
    services.store.delete(keys.report(job_id, "compare"))  # as if its worker had died before
    assert run_step(job_id, "compare", services) == "committed"
    assert services.store.get(artifact(services, job_id, "comparison.json")) == first


def test_a_comparison_that_is_cancelled_stops(services: Services) -> None:
    store_results(services.store, "one", images(right=2, wrong=0))
    store_results(services.store, "other", images(right=2, wrong=0))
    job_id = submit_comparison(services)
    run_step(job_id, "plan", services)
    request_cancel(job_id, store=services.store, board=services.board, queue=services.queue)
    assert "is to stop" in run_step(job_id, "compare", services)
    run_step(job_id, "finalize", services)
    assert JobEnd.decode(services.store.get(keys.end(job_id))).state is JobState.CANCELLED


class CountingStore(MemoryStore):
    """Counts how often a file of raw maps is read."""

    def __init__(self) -> None:
        super().__init__("counting")
        self.maps_read = 0

    def get_file(self, key: str, path: Path, *, sha256: str | None = None) -> ObjectInfo:
        self.maps_read += key.endswith(".npz")
        return super().get_file(key, path, sha256=sha256)


@pytest.mark.parametrize("count", [24, 48])
def test_each_file_of_raw_maps_is_read_a_bounded_number_of_times(connection: Connection, count: int) -> None:
    """However the images are shared out: shards of one size in one job, of another in the other."""
    store = CountingStore()
    services = services_on(connection, store)
    store_results(store, "one", images(right=count, wrong=0), shard_size=4)
    store_results(store, "other", images(right=count, wrong=0), shard_size=6)
    found_by(services)
    assert store.maps_read <= 2 * (count // 4 + count // 6)
