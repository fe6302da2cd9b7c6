"""Weak slices, with tests and corrections worked out by hand."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import fisher_exact

from ml.audit.data.slices import class_slices, cluster_slices, feature_clusters, quarter_slices
from ml.audit.data.weak_slices import weak_slices


def test_a_class_that_fails_is_named_with_its_interval_and_its_rest() -> None:
    labels = np.repeat([0, 1, 2], 20)
    wrong = np.zeros(60, np.bool_)
    wrong[:12] = True
    found = weak_slices(wrong, class_slices(labels, ("daisy", "rose", "tulip")))
    [weak] = found.found
    assert (weak.slice.value, weak.slice.label, weak.looks) == ("daisy", 0, 3)
    assert (weak.error.count, weak.error.of, weak.rest.count, weak.rest.of) == (12, 20, 0, 40)
    assert weak.error.low == pytest.approx(0.387, abs=1e-3)  # Wilson, 12 of 20
    assert weak.error.high == pytest.approx(0.781, abs=1e-3)
    assert weak.p_value == pytest.approx(3 * fisher_exact([[12, 8], [0, 40]], alternative="greater").pvalue)
    assert found.left_out == ()


def test_a_model_without_errors_has_no_weak_slice() -> None:
    found = weak_slices(np.zeros(60, np.bool_), class_slices(np.repeat([0, 1], 30), ("daisy", "rose")))
    assert (found.found, found.looks) == ((), 2)


def test_slices_of_few_images_are_left_out_in_words() -> None:
    labels = np.array([0] * 4 + [1] * 30 + [2] * 30)
    found = weak_slices(np.arange(64) < 4, class_slices(labels, ("daisy", "rose", "tulip")))
    assert found.looks == 2
    assert found.found == ()
    assert found.left_out == ("1 of 3 slices were not tested: they, or the rest, have fewer than 5 images.",)


@pytest.mark.parametrize("images", [0, 10])
def test_without_slices_nothing_is_tested(images: int) -> None:
    assert weak_slices(np.zeros(images, np.bool_), ()).left_out == ("There is no slice to look at.",)


def test_chance_alone_names_a_slice_in_at_most_one_of_twenty_sets() -> None:
    random = np.random.default_rng(7)
    labels = np.repeat(np.arange(10), 30)
    slices = class_slices(labels, [str(number) for number in range(10)])
    alarms = sum(bool(weak_slices(random.random(300) < 0.2, slices).found) for _ in range(200))
    assert alarms <= 17  # 95 % of binomial(200, 0.05) lie below


def test_one_class_alone_has_no_rest_to_be_held_against() -> None:
    found = weak_slices(np.ones(20, np.bool_), class_slices(np.zeros(20, np.int64), ("daisy",)))
    assert (found.found, found.looks, len(found.left_out)) == ((), 0, 1)


def test_images_without_a_label_are_in_no_class() -> None:
    [daisy] = class_slices(np.array([0, -1, 0]), ("daisy", "rose"))
    assert daisy.members.tolist() == [True, False, True]


def test_quarters_have_equal_numbers_of_images_and_leave_out_the_unknown() -> None:
    values = np.array([1.0, 2, 3, 4, 5, 6, 7, 8, np.nan])
    quarters = quarter_slices("brightness", values)
    assert [(each.value, np.flatnonzero(each.members).tolist()) for each in quarters] == [
        ("1 to 2", [0, 1]),
        ("3 to 4", [2, 3]),
        ("5 to 6", [4, 5]),
        ("7 to 8", [6, 7]),
    ]


def test_quarters_of_areas_are_told_in_whole_numbers() -> None:
    quarters = quarter_slices("size", np.array([999.6, 172800.0, 307200.0, 12582912.0]))
    assert [each.value for each in quarters] == [
        "1,000 to 1,000",
        "172,800 to 172,800",
        "307,200 to 307,200",
        "12,582,912 to 12,582,912",
    ]


@pytest.mark.parametrize("values", [np.full(8, 3.0), np.full(8, np.nan), np.zeros(0)])
def test_equal_and_unknown_numbers_make_no_quarters(values: np.ndarray) -> None:
    assert quarter_slices("brightness", values) == ()


def test_clusters_are_those_that_the_features_were_made_of() -> None:
    random = np.random.default_rng(3)
    of = np.repeat([0, 1], 35)
    features = np.eye(2)[of] * 10 + random.normal(0, 0.1, (70, 2))
    features[69] = np.nan
    members = [np.flatnonzero(each.members).tolist() for each in cluster_slices(feature_clusters(features, seed=0))]
    assert sorted(members) == [list(range(35)), list(range(35, 69))]


def test_few_images_are_not_divided_into_clusters() -> None:
    assert cluster_slices(feature_clusters(np.zeros((59, 3)), seed=0)) == ()
