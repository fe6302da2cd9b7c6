from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import numpy as np

from jobs import keys
from jobs.job import Job
from jobs.results.report import Report
from jobs.specs.spec import spec_adapter
from store.memory import MemoryStore
from tests.unit.workers.kinds.audit.given.test_split_pictures import seen
from workers.kinds.audit.given.explained_maps import explained_maps, why_no_maps
from workers.kinds.audit.given.mended_pictures import MendedPictures
from workers.kinds.explain.raw_maps import RawMaps
from workers.step.file_writer import FileWriter

NOW = datetime(2026, 1, 1, tzinfo=UTC)


def store_with(method: str, maps: RawMaps, **changes: object) -> MemoryStore:
    """A store with an explanation by one method, whose one shard left these maps."""
    store = MemoryStore("maps")
    document = {"kind": "explain", "model": "m", "dataset": "d", "methods": [method], **changes}
    spec = spec_adapter.validate_python(document)
    store.put(keys.spec("e"), Job(id="e", created_at=NOW, spec=spec).encode())
    file = FileWriter(store, keys.attempt("e", "shard-00000", "a")).put(
        f"shard-00000/{method}.npz", maps.encode(), "application/zip"
    )
    of: dict[str, Any] = {"job_id": "e", "step": "shard-00000", "attempt": "a", "worker": "w"}
    report = Report(**of, started_at=NOW, finished_at=NOW, artifacts=(file,))
    store.put(keys.report("e", "shard-00000"), report.encode())
    return store


def test_each_image_has_the_map_of_its_predicted_class_or_nothing() -> None:
    maps = RawMaps()
    maps.add("0", 0, np.full((7, 7), 2, np.float32))
    maps.add("0", 1, np.full((7, 7), 9, np.float32))  # of another class
    maps.add("2", 0, np.full((7, 7), 3, np.float32), foil=1)  # against a class
    maps.add("1", 0, np.full((7, 7), 4, np.float32))
    found = explained_maps("e", seen(range(3)), store_with("gradcam", maps), check=lambda: None)
    assert found is not None
    assert found.shape == (3, 7, 7)
    np.testing.assert_allclose(found[:2, 0, 0], [2, 4], rtol=1e-3)
    assert np.isnan(found[2]).all()


def test_a_picture_that_was_mended_since_has_no_map() -> None:
    maps = RawMaps()
    for image_id in ("0", "1"):
        maps.add(image_id, 0, np.full((7, 7), 2, np.float32))
    mended = MendedPictures(frozenset({"0"}))
    found = explained_maps("e", seen(range(2)), store_with("gradcam", maps), check=lambda: None, mended=mended)
    assert found is not None
    assert np.isnan(found[:, 0, 0]).tolist() == [True, False]


def test_maps_of_pixels_are_pooled_magnitudes() -> None:
    signed = np.zeros((56, 56), np.float32)
    signed[:4, :4], signed[4:8, :4] = 1, -1
    maps = RawMaps()
    maps.add("0", 0, signed)
    found = explained_maps("e", seen(range(1)), store_with("integrated_gradients", maps), check=lambda: None)
    assert found is not None
    assert found.shape == (1, 14, 14)
    np.testing.assert_allclose(found[0, :3, 0], [1, 1, 0])


def test_an_explanation_without_a_map_of_a_predicted_class_gives_none() -> None:
    maps = RawMaps()
    maps.add("0", 1, np.ones((7, 7), np.float32))
    assert explained_maps("e", seen(range(1)), store_with("gradcam", maps), check=lambda: None) is None


def test_maps_of_the_pixels_of_small_pictures_are_magnitudes_too() -> None:
    maps = RawMaps()
    maps.add("0", 0, np.asarray([[2, -2], [0, -1]], np.float32).repeat(8, axis=0).repeat(8, axis=1))
    found = explained_maps("e", seen(range(1)), store_with("integrated_gradients", maps), check=lambda: None)
    assert found is not None
    np.testing.assert_allclose(found[0, ::8, ::8], [[2, 2], [0, 1]])


def test_maps_against_single_classes_are_left_out_by_that_reason() -> None:
    maps = RawMaps()
    maps.add("0", 0, np.ones((7, 7), np.float32), foil=1)
    store = store_with("gradcam", maps, score="against:second")
    assert explained_maps("e", seen(range(1)), store, check=lambda: None) is None
    assert "score 'against:second'" in why_no_maps("e", store)
    assert why_no_maps("e", store_with("gradcam", maps)) == "explanation e has no map of the predicted classes"
