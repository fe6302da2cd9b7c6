"""A comparison of two jobs whose results are made up, so that what it must find is known."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from dispatch.connection import Connection
from jobs.results.comparison.document import Comparison
from store.memory import MemoryStore
from tests.services.comparisons import FALLING, RISING, artifact, compared, found_by, images
from tests.services.stored_results import MadeUpImage, store_results
from tests.services.worker_services import services_on
from workers.step.services import Services


@pytest.fixture
def services(connection: Connection) -> Services:
    return services_on(connection, MemoryStore("worker"))


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
