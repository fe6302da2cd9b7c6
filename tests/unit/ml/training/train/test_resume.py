"""A training that was killed goes on from its checkpoint."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from ml.errors import UnreadableCheckpoint
from ml.training import precision as arithmetic
from ml.training.checkpoint import Checkpoint, read_state
from ml.training.options import OptimizerOptions, TrainingOptions
from ml.training.progress import BatchProgress
from ml.training.train import TrainingResult
from tests.unit.ml.conftest import TINY, options_for
from tests.unit.ml.training.train.conftest import FINE_TUNED, LAST, VARIED, assert_same, relabelled, run

pytestmark = pytest.mark.usefixtures("few_flowers", "tiny_net")


class Killed(Exception):
    """Raised to end a training, in place of a kill."""


def killed_after(epoch: int, options: TrainingOptions, folder: Path) -> Checkpoint:
    """Train until an epoch's checkpoint is written, then stop in the middle of the next epoch."""
    seen: list[Checkpoint] = []

    def on_batch(batch: BatchProgress) -> None:
        if batch.activity == "training" and batch.epoch > epoch:
            raise Killed

    with pytest.raises(Killed):
        run(options, folder, on_epoch=seen.append, on_batch=on_batch)
    assert len(seen[-1].history) == epoch
    return seen[-1]


def run_and_keep(epoch: int, options: TrainingOptions, folder: Path) -> tuple[TrainingResult, Checkpoint]:
    """Train to the end; also returns what a training that is killed after an epoch leaves, at a place of its own."""
    kept: list[Checkpoint] = []

    def on_epoch(checkpoint: Checkpoint) -> None:
        if len(checkpoint.history) == epoch:
            kept.append(copied(checkpoint, folder.with_name("killed")))

    whole = run(options, folder, on_epoch=on_epoch)
    return whole, kept[0]


def copied(checkpoint: Checkpoint, folder: Path) -> Checkpoint:
    """With its files, which the training deletes later."""
    shutil.copytree(checkpoint.path.parent, folder)
    best = checkpoint.best_path
    return replace(
        checkpoint,
        path=folder / checkpoint.path.name,
        best_path=folder / best.name if best else None,
        last_paths={epoch: folder / path.name for epoch, path in checkpoint.last_paths.items()},
    )


@pytest.mark.parametrize(
    ("backbone", "changes", "epoch"),
    [
        (TINY, {"epochs": 2, **VARIED, "feature_views": 2, "class_weights": "balanced"}, 1),
        (TINY, {**FINE_TUNED, **VARIED, "feature_views": 2}, 2),
        (TINY, {**FINE_TUNED, "crop_size": None}, 3),
        ("SmallCNN", {"epochs": 2, **VARIED, "crop_size": 48}, 1),
    ],
    ids=["the head", "between head and fine-tuning", "fine-tuning", "from scratch"],
)
def test_a_training_killed_after_an_epoch_ends_as_one_that_was_not(
    tmp_path: Path, backbone: str, changes: dict[str, Any], epoch: int
) -> None:
    options = options_for(backbone, **changes)
    whole, checkpoint = run_and_keep(epoch, options, tmp_path / "whole")
    assert_same(whole, run(options, tmp_path / "resumed", resume=checkpoint))


def test_a_fine_tuning_on_kept_features_goes_on_where_it_was_killed(tmp_path: Path) -> None:
    options = options_for(**LAST, **VARIED, feature_views=2)
    whole, checkpoint = run_and_keep(3, options, tmp_path / "whole")
    assert_same(whole, run(options, tmp_path / "resumed", resume=checkpoint))


def test_a_training_resumed_after_its_last_epoch_still_names_what_was_left_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    relabelled(monkeypatch, lambda example: 99 if example.index == 5 else example.label)
    options = options_for("SmallCNN", epochs=1)
    seen: list[Checkpoint] = []
    whole = run(options, tmp_path / "whole", on_epoch=seen.append)
    resumed = run(options, tmp_path / "resumed", resume=seen[-1])
    assert set(resumed.skipped) == set(whole.skipped)
    assert (resumed.train_images, resumed.validation_images) == (35, 17)


def test_a_resumed_training_computes_as_before_whatever_would_be_faster_now(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    options = options_for("SmallCNN", epochs=2, precision="auto")
    seconds = iter([2.0, 1.0])
    monkeypatch.setattr(arithmetic, "fastest_step_s", lambda _: next(seconds))
    checkpoint = killed_after(1, options, tmp_path / "killed")
    assert str(read_state(checkpoint.path).arithmetic) == "bfloat16"
    monkeypatch.setattr(arithmetic, "fastest_step_s", lambda _: pytest.fail("it was measured again"))
    assert str(run(options, tmp_path / "resumed", resume=checkpoint).arithmetic) == "bfloat16"


def test_a_checkpoint_of_another_network_is_refused(tmp_path: Path) -> None:
    checkpoint = killed_after(1, options_for("SmallCNN"), tmp_path / "one")
    other = options_for("SmallCNN", epochs=2, image_size=48, optimizer=OptimizerOptions("sgd"))
    with pytest.raises(UnreadableCheckpoint, match="do not fit this network"):
        run(other, tmp_path / "two", resume=checkpoint)


@pytest.mark.parametrize("left", [0, 500])
def test_a_part_of_a_checkpoint_is_refused(tmp_path: Path, left: int) -> None:
    checkpoint = killed_after(1, options_for(), tmp_path / "one")
    checkpoint.path.write_bytes(checkpoint.path.read_bytes()[:left])
    with pytest.raises(UnreadableCheckpoint, match="cannot read"):
        run(options_for(), tmp_path / "two", resume=checkpoint)
