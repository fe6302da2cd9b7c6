"""A comparison of two jobs whose results are made up, so that what it must find is known."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from fastapi.testclient import TestClient

from api.app import create_app
from dispatch.connection import Connection
from dispatch.submission import request_cancel, submit
from jobs import keys
from jobs.job import JobEnd
from jobs.results.comparison import Comparison
from jobs.results.report import Report
from jobs.specs.spec import spec_adapter
from jobs.state import JobState
from store.base import ObjectInfo
from store.memory import MemoryStore
from tests.services.stored_results import MadeUpImage, store_ended, store_results
from tests.services.worker_services import services_on
from workers.lifecycle.run_step import run_step
from workers.step.services import Services

RISING = np.arange(4, dtype=np.float32).reshape(2, 2)
FALLING = RISING[::-1, ::-1].copy()


@pytest.fixture
def services(connection: Connection) -> Services:
    return services_on(connection, MemoryStore("worker"))


def images(*, right: int, wrong: int, **changes: Any) -> list[MadeUpImage]:
    """So many that are predicted right, then so many that are not."""
    return [
        MadeUpImage(f"test-{place:05d}", prediction=int(place >= right), maps={"gradcam": RISING}, **changes)
        for place in range(right + wrong)
    ]


def submit_comparison(services: Services, **changes: Any) -> str:
    spec = spec_adapter.validate_python({"kind": "compare", "first": "one", "second": "other", **changes})
    return submit(spec, store=services.store, board=services.board, queue=services.queue).job.id


def compared(services: Services, **changes: Any) -> tuple[JobEnd, str]:
    job_id = submit_comparison(services, **changes)
    for step in ("plan", "compare", "finalize"):
        run_step(job_id, step, services)
    return JobEnd.decode(services.store.get(keys.end(job_id))), job_id


def found_by(services: Services, **changes: Any) -> Comparison:
    end, job_id = compared(services, **changes)
    assert end.state is JobState.SUCCEEDED, end.error
    return Comparison.decode(services.store.get(artifact(services, job_id, "comparison.json")))


def artifact(services: Services, job_id: str, name: str) -> str:
    report = Report.decode(services.store.get(keys.report(job_id, "compare")))
    return next(file.key for file in report.artifacts if file.name == name)


def refusal(services: Services, **changes: Any) -> tuple[str, str]:
    end, _ = compared(services, **changes)
    assert end.state is JobState.FAILED
    assert end.error is not None
    return end.error.field, end.error.message


def test_what_a_model_mends_and_breaks_is_counted_and_tested(services: Services) -> None:
    first = images(right=6, wrong=4)
    second = [replace(each, prediction=int(place not in (*range(1, 6), 6, 7))) for place, each in enumerate(first)]
    store_results(services.store, "one", first)
    store_results(services.store, "other", second, shard_size=3)
    accuracy = found_by(services).accuracy
    assert accuracy is not None
    assert (accuracy.both, accuracy.fixed, accuracy.broken, accuracy.neither) == (5, 2, 1, 2)
    assert accuracy.difference == pytest.approx(0.1)
    assert accuracy.p_value == 1.0
    assert accuracy.interval_95[0] < 0 < accuracy.interval_95[1]


def test_the_summary_and_the_table_say_the_same_as_the_document(services: Services) -> None:
    store_results(services.store, "one", images(right=6, wrong=4))
    store_results(services.store, "other", images(right=4, wrong=6))
    end, job_id = compared(services)
    assert end.summary is not None
    assert (end.summary["fixed"], end.summary["broken"]) == (0, 2)
    table = pq.read_table(pa.BufferReader(services.store.get(artifact(services, job_id, "comparison.parquet"))))
    assert table.column("change").to_pylist() == ["both"] * 4 + ["broken"] * 2 + ["neither"] * 4
    assert table.column("gradcam.spearman").to_pylist() == pytest.approx([1.0] * 10)


def test_maps_are_compared_image_by_image(services: Services) -> None:
    store_results(services.store, "one", images(right=4, wrong=0))
    turned = [replace(each, maps={"gradcam": FALLING}) for each in images(right=4, wrong=0)]
    store_results(services.store, "other", turned)
    (maps,) = found_by(services).maps
    assert maps.correlation is not None
    assert maps.correlation.mean == pytest.approx(-1)
    assert (maps.correlation.images, maps.same_class, maps.constant, maps.missing) == (4, 4, 0, 0)
    assert maps.overlap is not None
    assert maps.overlap.mean == 0


def test_a_finer_map_is_brought_to_the_resolution_of_the_coarser(services: Services) -> None:
    store_results(services.store, "one", images(right=2, wrong=0))
    fine = np.kron(RISING, np.ones((8, 8), np.float32))
    store_results(services.store, "other", [replace(each, maps={"gradcam": fine}) for each in images(right=2, wrong=0)])
    (maps,) = found_by(services).maps
    assert maps.correlation is not None
    assert maps.correlation.mean == pytest.approx(1)


def test_two_methods_are_compared_in_order_where_the_jobs_share_none(services: Services) -> None:
    store_results(services.store, "one", images(right=2, wrong=0))
    other = [replace(each, maps={"layercam": RISING}) for each in images(right=2, wrong=0)]
    store_results(services.store, "other", other)
    (maps,) = found_by(services).maps
    assert (maps.first_method, maps.second_method) == ("gradcam", "layercam")


def test_constant_maps_are_counted_and_left_out(services: Services) -> None:
    store_results(services.store, "one", images(right=3, wrong=0))
    other = images(right=3, wrong=0)
    other[1] = replace(other[1], maps={"gradcam": np.zeros((2, 2), np.float32)})
    store_results(services.store, "other", other)
    (maps,) = found_by(services).maps
    assert maps.correlation is not None
    assert (maps.constant, maps.correlation.images) == (1, 2)


def test_maps_of_other_classes_are_told_apart_from_those_of_the_same(services: Services) -> None:
    store_results(services.store, "one", images(right=4, wrong=0))
    other = images(right=2, wrong=2)
    other[3] = replace(other[3], maps={"gradcam": FALLING})
    store_results(services.store, "other", other)
    (maps,) = found_by(services).maps
    assert maps.correlation is not None
    assert maps.correlation_same_class is not None
    assert maps.same_class == maps.correlation_same_class.images == 2
    assert (maps.correlation.mean, maps.correlation_same_class.mean) == pytest.approx((0.5, 1.0))


def test_images_that_one_job_alone_has_are_counted_and_some_are_named(services: Services) -> None:
    store_results(services.store, "one", images(right=9, wrong=0))
    store_results(services.store, "other", images(right=10, wrong=2)[6:])
    found = found_by(services)
    assert (found.images, found.only_first, found.only_second) == (3, 6, 3)
    assert found.only_first_examples == tuple(f"test-{place:05d}" for place in range(5))
    assert found.only_second_examples == ("test-00009", "test-00010", "test-00011")


def test_an_image_that_failed_in_one_job_is_compared_in_nothing(services: Services) -> None:
    store_results(services.store, "one", images(right=3, wrong=1))
    other = images(right=3, wrong=1)
    other[0] = MadeUpImage("test-00000", error="cannot be decoded")
    store_results(services.store, "other", other)
    found = found_by(services)
    assert (found.images, found.compared, found.second.failed) == (4, 3, 1)
    assert found.accuracy is not None
    assert found.accuracy.images == 3
    assert "1 of the images failed in the second job and are compared in nothing." in found.left_out


def test_measures_are_paired_with_an_interval_of_their_difference(services: Services) -> None:
    first = [replace(each, values={"focus": 0.1 * place}) for place, each in enumerate(images(right=8, wrong=0))]
    second = [replace(each, values={"focus": 0.1 * place + 0.25}) for place, each in enumerate(first)]
    store_results(services.store, "one", first)
    store_results(services.store, "other", second)
    focus = next(each for each in found_by(services).measures if each.measure == "focus")
    assert focus.difference == pytest.approx(0.25)
    assert focus.interval_95 == pytest.approx((0.25, 0.25))
    assert (focus.first_method, focus.images) == ("gradcam", 8)


def test_deletion_by_two_protocols_is_not_compared(services: Services) -> None:
    made_up = images(right=2, wrong=0, values={"deletion_auc": 0.4, "focus": 0.2})
    store_results(services.store, "one", made_up)
    store_results(services.store, "other", made_up, spec={"faithfulness": "rise"})
    found = found_by(services)
    assert {each.measure for each in found.measures} == {"confidence", "focus"}
    assert any("different protocols" in sentence for sentence in found.left_out)


def test_a_class_that_got_worse_is_named_after_the_correction(services: Services) -> None:
    labels = [place % 3 for place in range(60)]
    first = [MadeUpImage(f"test-{n:05d}", label=label, prediction=label) for n, label in enumerate(labels)]
    second = [replace(each, prediction=2 if each.label == 1 else each.label or 0) for each in first]
    store_results(services.store, "one", first, shard_size=16)
    store_results(services.store, "other", second, shard_size=16)
    end, job_id = compared(services)
    assert end.summary is not None
    assert (end.summary["classes_worse"], end.summary["classes_better"]) == (["tulip"], [])
    worst = Comparison.decode(services.store.get(artifact(services, job_id, "comparison.json"))).classes[0]
    assert (worst.name, worst.broken, worst.difference) == ("tulip", 20, -1)
    assert worst.p_value == pytest.approx(2 / 2**20)
    assert worst.p_corrected == pytest.approx(3 * 2 / 2**20)


def test_models_that_number_the_same_classes_differently_are_compared_by_names(services: Services) -> None:
    store_results(services.store, "one", images(right=4, wrong=0))
    swapped = [replace(each, label=1, prediction=1) for each in images(right=4, wrong=0)]
    store_results(services.store, "other", swapped, classes=("tulip", "Rose", "daisy"))
    found = found_by(services)
    assert (found.change_known, found.changed) == (4, 0)
    assert found.maps[0].same_class == 4
    assert any("compared by the names of classes: 3 are known to both" in sentence for sentence in found.left_out)


def test_models_without_a_class_in_common_are_compared_by_their_maps(services: Services) -> None:
    store_results(services.store, "one", images(right=4, wrong=0))
    unlabelled = [replace(each, label=None) for each in images(right=4, wrong=0)]
    store_results(services.store, "other", unlabelled, classes=("cat", "dog"))
    found = found_by(services)
    assert (found.accuracy, found.classes, found.change_known) == (None, (), 0)
    assert found.maps[0].correlation is not None
    assert any("nothing is called fixed or broken" in sentence for sentence in found.left_out)


def test_a_job_without_raw_maps_is_compared_by_its_predictions(services: Services) -> None:
    store_results(services.store, "one", images(right=3, wrong=1))
    bare = [replace(each, maps={}) for each in images(right=2, wrong=2)]
    store_results(services.store, "other", bare, spec={"methods": ["gradcam"], "outputs": ["overlay"]})
    found = found_by(services)
    assert found.accuracy is not None
    assert found.accuracy.broken == 1
    assert found.maps[0].missing == 4
    assert "Maps of gradcam are not compared: the second job kept no raw maps." in found.left_out


def test_the_images_that_differ_most_are_those_that_broke_with_the_surest_first(services: Services) -> None:
    first = images(right=6, wrong=0)
    second = [
        replace(each, prediction=1, confidence=0.5 + place / 20) if place in {1, 4} else each
        for place, each in enumerate(first)
    ]
    store_results(services.store, "one", first)
    store_results(services.store, "other", second)
    found = found_by(services)
    assert [each.image_id for each in found.broken] == ["test-00004", "test-00001"]
    assert found.broken[0].second.prediction_name == "tulip"
    assert found.fixed == ()


def test_two_evaluations_are_compared_without_maps(services: Services) -> None:
    for job_id, right in (("one", 6), ("other", 3)):
        bare = [replace(each, maps={}) for each in images(right=right, wrong=8 - right)]
        store_results(services.store, job_id, bare, spec={"kind": "evaluate", "corruptions": []})
    found = found_by(services)
    assert found.kind == "evaluate"
    assert found.accuracy is not None
    assert (found.accuracy.broken, found.maps) == (3, ())


@pytest.mark.parametrize(
    ("other", "field", "words"),
    [
        ({"kind": "evaluate"}, "second", "first is of kind 'explain', second of kind 'evaluate'"),
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
