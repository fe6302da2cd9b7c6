from __future__ import annotations

import numpy as np
import pytest

from ml.audit.shortcuts.map_clusters import suspect_clusters
from ml.audit.shortcuts.picture_cues import CUES
from ml.audit.shortcuts.suspicion import Evidence, Suspicion

CLASSES, PER_CLASS = 3, 30
LABELS = np.repeat(np.arange(CLASSES), PER_CLASS)
PART = np.flatnonzero(LABELS == 1)[:12]


def evidence(*, peaks: dict[int, tuple[int, int]], features: np.ndarray | None = None) -> Evidence:
    """Maps with one peak each: at the given cell, or in the middle, where it varies."""
    rng = np.random.default_rng(0)
    maps = rng.random((len(LABELS), 8, 8)).astype(np.float32) * 0.1
    for image in range(len(LABELS)):
        row, column = peaks.get(image, tuple(rng.integers(3, 5, 2)))
        maps[image, row, column] += 5
    some = rng.normal(size=(len(LABELS), 6)).astype(np.float32) if features is None else features
    return Evidence(maps, some, np.zeros((len(LABELS), len(CUES)), np.float32), LABELS)


def suspected(known: Evidence) -> list[Suspicion]:
    return suspect_clusters(known, rng=np.random.default_rng(1))


def test_a_part_of_a_class_whose_maps_peak_elsewhere_is_a_cluster() -> None:
    known = evidence(peaks={int(image): (0, 7) for image in PART})
    [found] = [each for each in suspected(known) if each.label == 1]
    assert set(found.images) == set(PART.tolist())
    assert found.share == pytest.approx(0.4)
    assert found.place is not None
    assert (found.place.top, found.place.right) == (0, 1)
    assert found.p_value < 1e-4


def test_a_cluster_of_all_classes_is_of_none() -> None:
    corner = np.random.default_rng(2).permutation(len(LABELS))[:30]
    assert suspected(evidence(peaks={int(image): (0, 7) for image in corner})) == []


def test_a_part_of_the_features_whose_maps_lie_elsewhere_is_suspected() -> None:
    rng = np.random.default_rng(4)
    features = rng.normal(size=(len(LABELS), 6)).astype(np.float32)
    features[PART] += 30
    peaks = {int(image): tuple(rng.integers(3, 6, 2)) for image in range(len(LABELS))} | {
        int(image): (4, 6) for image in PART
    }
    found = [each for each in suspected(evidence(peaks=peaks, features=features)) if each.label == 1]
    assert any(set(each.images) == set(PART.tolist()) for each in found)


def test_maps_that_do_not_differ_are_not_suspected() -> None:
    assert suspected(evidence(peaks={})) == []
