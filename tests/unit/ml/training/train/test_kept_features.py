"""Features are computed once, kept, and give the same as fresh ones."""

from __future__ import annotations

import io
import shutil
from dataclasses import replace
from functools import cache
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from ml.data.datasets import describe, read
from ml.data.image_folder import FolderImage, ImageFolder
from ml.training import phases, training_data
from ml.training.feature_cache import Features, fetch, keep
from ml.training.options import OptimizerOptions
from ml.training.train import TrainingResult
from tests.unit.ml.conftest import FolderFeatureStore, options_for
from tests.unit.ml.training.train.conftest import LAST, VARIED, assert_same, run

pytestmark = pytest.mark.usefixtures("few_flowers", "tiny_net")


@pytest.fixture(scope="module")
def folder_of_plain(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder: Path = tmp_path_factory.mktemp("plain")
    return folder


@cache
def _trained_once(folder: Path) -> TrainingResult:
    return run(options_for(), folder / "run", features=FolderFeatureStore(folder))


@pytest.fixture
def plain(folder_of_plain: Path) -> TrainingResult:
    """A training by the usual options, the same for all tests."""
    return _trained_once(folder_of_plain)


@pytest.fixture
def its_features(folder_of_plain: Path, tmp_path: Path) -> FolderFeatureStore:
    """A copy of the features that ``plain`` kept."""
    _trained_once(folder_of_plain)
    for path in folder_of_plain.glob("*.npz"):
        shutil.copy(path, tmp_path)
    return FolderFeatureStore(tmp_path)


@pytest.mark.parametrize("varied", [{}, {**VARIED, "feature_views": 3}], ids=["as they are", "varied"])
def test_kept_features_give_the_same_head_as_fresh_ones(tmp_path: Path, varied: dict[str, Any]) -> None:
    store = FolderFeatureStore(tmp_path)
    options = options_for(**varied)
    fresh = run(options, tmp_path / "fresh", features=store)
    assert store.hits == 0
    kept = run(options, tmp_path / "kept", features=store)
    assert store.hits == store.misses
    for one, other in zip(fresh.model.get_weights(), kept.model.get_weights(), strict=True):
        np.testing.assert_allclose(one, other, atol=1e-5)
    assert kept.test_accuracy == fresh.test_accuracy


def test_kept_features_are_shared_by_heads_of_all_kinds_and_no_image_is_read(
    its_features: FolderFeatureStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_reading(*_: object, **__: object) -> None:
        raise AssertionError("an image was read")

    monkeypatch.setattr(training_data, "read", no_reading)
    other = options_for(seed=1, batch_size=8, dropout=0.5, optimizer=OptimizerOptions("sgd", 0.01, 1e-4))
    assert run(other, tmp_path / "two", features=its_features).test_images == 18


@pytest.mark.parametrize("change", [{"image_size": 48}, {"pipeline": "augmented", "feature_views": 1}])
def test_features_of_other_images_are_other_features(
    its_features: FolderFeatureStore, tmp_path: Path, change: dict[str, Any]
) -> None:
    run(options_for(test_split=None, **change), tmp_path / "two", features=its_features)
    assert its_features.misses > 0


def test_a_folder_whose_pictures_changed_or_whose_labels_were_corrected_has_other_features(tmp_path: Path) -> None:
    store = FolderFeatureStore(tmp_path)
    for name, folder in {
        "first": flower_folder(0),
        "brighter": flower_folder(1),
        "corrected": flower_folder(0, shift=1),
    }.items():
        run(options_for(test_split=None, epochs=1, folder=folder), tmp_path / name, features=store)
    assert store.hits == 0


def flower_folder(brightness: int, *, shift: int = 0) -> ImageFolder:
    """The first drawn flowers as encoded pictures; names, sizes and version tell of neither brightness nor labels."""
    classes = len(describe("synthetic_flowers").class_names)
    few = {split: list(read("synthetic_flowers", split)) for split in ("train", "validation")}
    found = {
        split: [FolderImage(one.image_id, ((one.label or 0) + shift) % classes) for one in images]
        for split, images in few.items()
    }
    pixels = {one.image_id: one.image for images in few.values() for one in images}

    def load(image_id: str) -> bytes:
        file = io.BytesIO()
        Image.fromarray(np.minimum(np.asarray(pixels[image_id]), 254) + np.uint8(brightness)).save(file, "PNG")
        return file.getvalue()

    return ImageFolder(describe("synthetic_flowers"), found, load)


@pytest.mark.parametrize("left", [0, 100])
def test_damaged_features_are_computed_again(
    plain: TrainingResult, its_features: FolderFeatureStore, tmp_path: Path, left: int
) -> None:
    for path in tmp_path.glob("*.npz"):
        path.write_bytes(path.read_bytes()[:left])
    assert_same(plain, run(options_for(), tmp_path / "two", features=its_features))


def test_features_whose_bytes_changed_anywhere_are_as_if_there_were_none(tmp_path: Path) -> None:
    numbers = np.arange(6, dtype=np.int32)
    store = FolderFeatureStore(tmp_path)
    keep(store, "one", Features(np.ones((6, 2), np.float32), numbers, numbers, np.ones(6, np.float32)))
    whole = (tmp_path / "one.npz").read_bytes()
    for place, bit in product(range(len(whole)), (1, 32)):
        changed = bytearray(whole)
        changed[place] ^= bit
        (tmp_path / "one.npz").write_bytes(changed)
        found = fetch(store, "one")
        assert found is None or found.labels.tolist() == numbers.tolist()


def test_the_last_layers_learn_the_same_from_kept_features_as_from_images(tmp_path: Path) -> None:
    options = options_for(**LAST, ema_decay=0.9)  # an average of weights is the same only if they are in every step
    from_images = replace(options, fine_tune=replace(options.fine_tune, learns_from="images"))
    store = FolderFeatureStore(tmp_path)
    kept = run(options, tmp_path / "features", features=store)
    assert_same(kept, run(from_images, tmp_path / "images"))


def test_what_lies_below_the_last_layers_looks_at_each_view_once(tmp_path: Path) -> None:
    store = FolderFeatureStore(tmp_path)
    options = options_for(**LAST, **VARIED, feature_views=2, test_split=None)
    run(options, tmp_path / "first", features=store)
    computed = store.misses
    again = replace(options, fine_tune=replace(options.fine_tune, learning_rate=1e-4))
    run(again, tmp_path / "second", features=store)
    assert store.misses == computed == 2 * (2 + 1)  # two views and validation, for the head and below the last layers


def test_features_that_need_too_much_memory_are_not_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(phases, "CACHED_FEATURES_LIMIT_BYTES", 1000)
    store = FolderFeatureStore(tmp_path)
    assert len(run(options_for(**LAST, test_split=None), tmp_path / "run", features=store).history) == 5
    assert store.misses == 2  # training and validation, for the head
