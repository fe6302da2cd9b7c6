"""Checkpoints in the store: which stay, and what a damaged one does to those that are written after it."""

from __future__ import annotations

from pathlib import Path

import pytest

from ml.training.progress import EpochMetrics
from ml.training.train import Checkpoint
from store.memory import MemoryStore
from workers.kinds.train.checkpoints import Checkpoints, PointerFile
from workers.step.file_writer import FileWriter

ACCURACIES = (0.1, 0.2, 0.9, 0.3, 0.4)
"""After each epoch, the third of which is the best."""


@pytest.fixture
def store() -> MemoryStore:
    return MemoryStore("checkpoints")


def attempt(store: MemoryStore, folder: Path, name: str, *, averaged: int = 0) -> Checkpoints:
    """What one attempt at a training writes to a folder of its own."""
    (folder / name).mkdir()
    pointer = PointerFile(store, "job", "train", name)
    files = FileWriter(store, f"jobs/job/attempts/{name}/")
    return Checkpoints(files, pointer, folder / name, keep=2, check=lambda: None, averaged=averaged)


def save(checkpoints: Checkpoints, folder: Path, *epochs: int) -> None:
    """Write the checkpoints of these epochs."""
    for epoch in epochs:
        path = folder / f"epoch-{epoch:04d}.npz"
        path.write_bytes(b"state %d" % epoch)
        history = tuple(
            EpochMetrics(number, 1.0, accuracy, 1.0, accuracy, 1.0, "fine_tune")
            for number, accuracy in enumerate(ACCURACIES[:epoch], start=1)
        )
        checkpoints.save(Checkpoint(path, history))


def kept_after_damage(store: MemoryStore, folder: Path, *, averaged: int = 0) -> Checkpoint | None:
    """What a third attempt finds, where the second one found the third epoch damaged and trained it again."""
    save(attempt(store, folder, "first", averaged=averaged), folder, 1, 2, 3)
    store.put("jobs/job/attempts/first/checkpoints/epoch-0003.npz", b"damaged")
    second = attempt(store, folder, "second", averaged=averaged)
    found = second.resume()
    assert found is not None
    assert len(found.history) == 2
    save(second, folder, 3, 4, 5)
    return attempt(store, folder, "third", averaged=averaged).resume()


def test_an_epoch_that_is_trained_again_in_place_of_a_damaged_one_stays_where_it_is_the_best(
    store: MemoryStore, tmp_path: Path
) -> None:
    resumed = kept_after_damage(store, tmp_path)
    assert resumed is not None
    assert resumed.best_path is not None
    assert resumed.best_path.read_bytes() == b"state 3"


def test_an_epoch_that_is_trained_again_in_place_of_a_damaged_one_stays_where_a_mean_needs_it(
    store: MemoryStore, tmp_path: Path
) -> None:
    resumed = kept_after_damage(store, tmp_path, averaged=3)
    assert resumed is not None
    assert sorted(resumed.last_paths) == [3, 4, 5]
