from __future__ import annotations

import io
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from scipy.special import softmax

from ml.data.datasets import Example, describe, read
from ml.data.image_folder import FolderImage, ImageFolder
from ml.errors import BadOption, MlError, TrainingDiverged, UnreadableCheckpoint
from ml.training import head_phase, phases, training_data
from ml.training import precision as arithmetic
from ml.training.checkpoint import Checkpoint, read_state
from ml.training.finished_model import model_from_state
from ml.training.mixing import Mixing
from ml.training.options import FineTuneOptions, OptimizerOptions, TrainingOptions
from ml.training.progress import BatchProgress
from ml.training.train import TrainingResult, model_from_checkpoint, train
from tests.unit.ml.conftest import TINY, FolderFeatureStore, options_for

pytestmark = pytest.mark.usefixtures("few_flowers", "tiny_net")

FINE_TUNE = FineTuneOptions(learning_rate=1e-3, epochs=2, layers="all", warmup_epochs=1)
FINE_TUNED: dict[str, Any] = {"epochs": 2, "fine_tune": FINE_TUNE}
VARIED: dict[str, Any] = {"pipeline": "augmented", "mixing": Mixing("both"), "ema_decay": 0.9, "label_smoothing": 0.1}


class Killed(Exception):
    """What ends a training in these tests."""


def run(options: TrainingOptions, folder: Path, **more: Any) -> TrainingResult:
    folder.mkdir(exist_ok=True)
    return train(options, directory=folder, **{"on_epoch": lambda _: None, "on_batch": lambda _: None, **more})


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


def assert_same(one: TrainingResult, other: TrainingResult) -> None:
    assert [metrics.epoch for metrics in one.history] == [metrics.epoch for metrics in other.history]
    for a, b in zip(one.history, other.history, strict=True):
        np.testing.assert_allclose(
            [a.loss, a.validation_loss, a.learning_rate or 0],
            [b.loss, b.validation_loss, b.learning_rate or 0],
            rtol=1e-3,
        )
    for x, y in zip(one.model.get_weights(), other.model.get_weights(), strict=True):
        np.testing.assert_allclose(x, y, atol=1e-4)


@pytest.mark.parametrize(
    ("backbone", "changes", "epoch"),
    [
        (TINY, {"epochs": 4, **VARIED, "feature_views": 2, "class_weights": "balanced"}, 2),
        (TINY, {**FINE_TUNED, **VARIED, "feature_views": 2}, 2),
        (TINY, {**FINE_TUNED, "crop_size": None}, 3),
        ("SmallCNN", {"epochs": 3, **VARIED, "crop_size": 48}, 1),
    ],
    ids=["the head", "between head and fine-tuning", "fine-tuning", "from scratch"],
)
def test_a_training_killed_after_an_epoch_ends_as_one_that_was_not(
    tmp_path: Path, backbone: str, changes: dict[str, Any], epoch: int
) -> None:
    options = options_for(backbone, **changes)
    whole = run(options, tmp_path / "whole")
    checkpoint = killed_after(epoch, options, tmp_path / "killed")
    (tmp_path / "resumed").mkdir()
    resumed = run(options, tmp_path / "resumed", resume=checkpoint)
    assert_same(whole, resumed)


@pytest.mark.parametrize("varied", [{}, {**VARIED, "feature_views": 3}], ids=["as they are", "varied"])
def test_kept_features_give_the_same_head_as_fresh_ones(tmp_path: Path, varied: dict[str, Any]) -> None:
    store = FolderFeatureStore(tmp_path)
    options = options_for(**varied)
    fresh = run(options, tmp_path / "fresh")
    run(options, tmp_path / "first", features=store)
    assert store.hits == 0
    kept = run(options, tmp_path / "kept", features=store)
    assert store.hits == store.misses
    for one, other in zip(fresh.model.get_weights(), kept.model.get_weights(), strict=True):
        np.testing.assert_allclose(one, other, atol=1e-5)
    assert kept.test_accuracy == fresh.test_accuracy


def test_kept_features_are_shared_by_heads_of_all_kinds_and_no_image_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = FolderFeatureStore(tmp_path)
    run(options_for(), tmp_path / "one", features=store)

    def no_reading(*_: object, **__: object) -> None:
        raise AssertionError("an image was read")

    monkeypatch.setattr(training_data, "read", no_reading)
    other = options_for(seed=1, batch_size=8, dropout=0.5, optimizer=OptimizerOptions("sgd", 0.01, 1e-4))
    assert run(other, tmp_path / "two", features=store).test_images == 18


@pytest.mark.parametrize("change", [{"image_size": 48}, {"pipeline": "augmented", "feature_views": 1}])
def test_features_of_other_images_are_other_features(tmp_path: Path, change: dict[str, Any]) -> None:
    store = FolderFeatureStore(tmp_path)
    run(options_for(test_split=None), tmp_path / "one", features=store)
    before = store.misses
    run(options_for(test_split=None, **change), tmp_path / "two", features=store)
    assert store.misses > before


def test_a_folder_whose_pictures_changed_has_other_features(tmp_path: Path) -> None:
    store = FolderFeatureStore(tmp_path)
    for brightness in (0, 1):
        folder = flower_folder(brightness)
        run(options_for(test_split=None, folder=folder), tmp_path / f"run{brightness}", features=store)
    assert store.hits == 0


def flower_folder(brightness: int) -> ImageFolder:
    """The first drawn flowers as encoded pictures; names, sizes and version do not tell of the brightness."""
    few = {split: list(read("synthetic_flowers", split)) for split in ("train", "validation")}
    found = {split: [FolderImage(one.image_id, one.label) for one in images] for split, images in few.items()}
    pixels = {one.image_id: one.image for images in few.values() for one in images}

    def load(image_id: str) -> bytes:
        file = io.BytesIO()
        Image.fromarray(np.minimum(np.asarray(pixels[image_id]), 254) + np.uint8(brightness)).save(file, "PNG")
        return file.getvalue()

    return ImageFolder(describe("synthetic_flowers"), found, load)


@pytest.mark.parametrize("left", [0, 100])
def test_damaged_features_are_computed_again(tmp_path: Path, left: int) -> None:
    store = FolderFeatureStore(tmp_path)
    whole = run(options_for(), tmp_path / "one", features=store)
    for path in tmp_path.glob("*.npz"):
        path.write_bytes(path.read_bytes()[:left])
    assert_same(whole, run(options_for(), tmp_path / "two", features=store))


def test_fine_tuning_changes_the_backbone_but_not_its_batch_normalisation(tmp_path: Path) -> None:
    frozen = run(options_for(epochs=2), tmp_path / "frozen").model
    tuned = run(options_for(**FINE_TUNED), tmp_path / "tuned").model
    moved = {layer.name: _distance(layer, frozen) for layer in tuned.layers if layer.weights}
    assert moved["bn1"] == 0
    assert moved["conv1"] > 0
    assert moved["conv2"] > 0


def test_fine_tuning_the_last_layers_leaves_the_first_alone(tmp_path: Path) -> None:
    last = replace(FINE_TUNE, layers=2, discriminative=0.5)
    frozen = run(options_for(epochs=2), tmp_path / "frozen").model
    tuned = run(options_for(epochs=2, fine_tune=last), tmp_path / "tuned").model
    assert _distance(tuned.get_layer("conv1"), frozen) == 0
    assert _distance(tuned.get_layer("conv2"), frozen) > 0


LAST: dict[str, Any] = {"epochs": 2, "fine_tune": replace(FINE_TUNE, layers=2, epochs=3), "dropout": 0.0}


@pytest.mark.parametrize("average", [0.0, 0.9], ids=["as it is", "averaged"])
def test_the_last_layers_learn_the_same_from_kept_features_as_from_images(tmp_path: Path, average: float) -> None:
    options = options_for(**LAST, ema_decay=average)
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


def test_a_fine_tuning_on_kept_features_goes_on_where_it_was_killed(tmp_path: Path) -> None:
    options = options_for(**LAST, **VARIED, feature_views=2)
    whole = run(options, tmp_path / "whole")
    checkpoint = killed_after(3, options, tmp_path / "killed")
    (tmp_path / "resumed").mkdir()
    assert_same(whole, run(options, tmp_path / "resumed", resume=checkpoint))


def test_features_that_need_too_much_memory_are_not_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(phases, "CACHED_FEATURES_LIMIT_BYTES", 1000)
    store = FolderFeatureStore(tmp_path)
    assert len(run(options_for(**LAST, test_split=None), tmp_path / "run", features=store).history) == 5
    assert store.misses == 2  # training and validation, for the head


def _distance(layer: Any, other: Any) -> float:
    pairs = zip(layer.get_weights(), other.get_layer(layer.name).get_weights(), strict=True)
    return max(float(np.abs(a - b).max()) for a, b in pairs)


def test_the_best_epoch_is_published_and_its_checkpoint_holds_the_same_model(tmp_path: Path) -> None:
    seen: list[Checkpoint] = []
    options = options_for(epochs=6, optimizer=OptimizerOptions("sgd", 0.05), calibrate=False)
    result = run(options, tmp_path, on_epoch=seen.append)
    assert result.calibration is None
    best = max(result.history, key=lambda m: (m.validation_accuracy, -m.validation_loss))
    assert result.best_epoch == best.epoch
    assert seen[-1].best_path is not None
    assert read_state(seen[-1].best_path).epoch == best.epoch
    for one, other in zip(
        model_from_checkpoint(options, seen[-1].best_path).weights, result.model.weights, strict=True
    ):
        np.testing.assert_array_equal(one.numpy(), other.numpy())


@pytest.mark.parametrize("calibrate", [True, False])
@pytest.mark.parametrize("backbone", [TINY, "SmallCNN"], ids=["a head", "a whole network"])
def test_the_logits_of_a_published_model_sum_to_zero(tmp_path: Path, backbone: str, calibrate: bool) -> None:
    result = run(options_for(backbone, epochs=2, calibrate=calibrate), tmp_path)
    kernel, bias = result.model.get_layer("logits").get_weights()
    np.testing.assert_allclose(kernel.sum(axis=1), 0, atol=1e-5)
    assert bias.sum() == pytest.approx(0, abs=1e-5)


def test_centring_changes_no_prediction_of_what_was_trained(tmp_path: Path) -> None:
    seen: list[Checkpoint] = []
    options = options_for(epochs=3, calibrate=False)
    published = run(options, tmp_path, on_epoch=seen.append).model
    assert seen[-1].best_path is not None
    trained = model_from_state(read_state(seen[-1].best_path), options, published.output_shape[-1])
    images = np.random.default_rng(0).integers(0, 256, (8, 32, 32, 3)).astype(np.float32)
    one, other = (softmax(np.asarray(model(images), np.float64), axis=1) for model in (trained, published))
    np.testing.assert_allclose(other, one, atol=1e-6)


@pytest.mark.parametrize("backbone", [TINY, "SmallCNN"], ids=["a head", "a whole network"])
def test_a_calibrated_model_is_the_same_one_with_its_logits_divided(tmp_path: Path, backbone: str) -> None:
    plain = run(options_for(backbone, epochs=3, calibrate=False), tmp_path / "plain")
    calibrated = run(options_for(backbone, epochs=3), tmp_path / "calibrated")
    images = np.random.default_rng(0).integers(0, 256, (4, 32, 32, 3)).astype(np.float32)
    assert calibrated.calibration is not None
    assert calibrated.calibration.temperature != 1
    np.testing.assert_allclose(
        calibrated.model(images) * calibrated.calibration.temperature, plain.model(images), rtol=1e-3, atol=1e-4
    )
    assert calibrated.test_accuracy == plain.test_accuracy
    assert calibrated.history[-1].validation_loss == pytest.approx(plain.history[-1].validation_loss, rel=1e-4)


def test_early_stopping_ends_a_phase_that_gets_no_better(tmp_path: Path) -> None:
    result = run(options_for(epochs=50, patience=2, optimizer=OptimizerOptions(learning_rate=1e-9)), tmp_path)
    assert len(result.history) == 3 + (result.best_epoch - 1)
    assert result.best_epoch < len(result.history)


def test_without_a_test_split_nothing_is_tested(tmp_path: Path) -> None:
    result = run(options_for(test_split=None), tmp_path)
    assert (result.test_accuracy, result.test_loss, result.test_images) == (None, None, 0)


def test_a_loss_that_is_no_number_ends_the_training_and_leaves_the_last_good_checkpoint(tmp_path: Path) -> None:
    seen: list[Checkpoint] = []
    explosive = FineTuneOptions("sgd", 1e30, epochs=2, layers="all", schedule="constant")
    with pytest.raises(TrainingDiverged, match="choose a smaller learning_rate"):
        run(options_for(epochs=1, fine_tune=explosive), tmp_path, on_epoch=seen.append)
    assert len(seen) >= 1
    assert all(np.isfinite(array).all() for array in read_state(seen[-1].path).model)


@pytest.mark.parametrize("name", ["adam", "adamw", "sgd"])
def test_fine_tuning_needs_no_weight_decay(tmp_path: Path, name: Any) -> None:
    tuned = FineTuneOptions(name, epochs=1, layers="all")
    assert len(run(options_for(epochs=1, fine_tune=tuned), tmp_path).history) == 2


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


def test_slices_of_splits_are_trained_and_tested_on(tmp_path: Path) -> None:
    slices = {"train_split": "train[0:27]", "validation_split": "train[27:36]", "test_split": "test[8:1000]"}
    result = run(options_for(**slices), tmp_path)
    assert (result.train_images, result.validation_images, result.test_images) == (27, 9, 10)


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


def test_the_head_tells_of_its_steps_within_an_epoch(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = run(options_for(epochs=2), tmp_path / "whole")
    monkeypatch.setattr(head_phase, "STEPS_PER_CALL", 1)
    told: list[BatchProgress] = []
    in_parts = run(options_for(epochs=2), tmp_path / "parts", on_batch=told.append)
    steps = [batch for batch in told if batch.activity == "training" and batch.epoch == 2]
    assert [batch.step for batch in steps] == [0, 1, 2, 3]
    assert steps[-1].loss == pytest.approx(whole.history[1].loss, rel=1e-5)
    assert_same(whole, in_parts)


def test_progress_tells_what_is_done_and_how_long_it_takes(tmp_path: Path) -> None:
    told: list[BatchProgress] = []
    run(options_for(**FINE_TUNED), tmp_path, on_batch=told.append)
    assert {batch.activity for batch in told} >= {"features", "training", "validating", "testing"}
    steps = [
        batch for batch in told if batch.phase == "fine_tune" and batch.activity == "training" and batch.epoch == 3
    ]
    assert [batch.step for batch in steps] == [0, 1, 2, 3]
    assert all(batch.loss is not None and batch.images_per_s > 0 and batch.eta_s is not None for batch in steps[1:])


@pytest.mark.parametrize(
    ("change", "field", "words"),
    [
        ({"batch_size": 64}, "batch_size", "more than the 36 images"),
        (
            {"fine_tune": FineTuneOptions(epochs=1, layers=99)},
            "fine_tune.layers",
            "99, but TinyNet has",
        ),
        (
            {"fine_tune": FineTuneOptions(epochs=1, layers=1)},
            "fine_tune.layers",
            "none of the last 1 layers of TinyNet has weights that learn .* choose 2 or more, or 'all'",
        ),
    ],
)
def test_options_that_do_not_fit_are_refused_by_name_before_anything_is_computed(
    tmp_path: Path, change: dict[str, Any], field: str, words: str
) -> None:
    told: list[BatchProgress] = []
    with pytest.raises(BadOption, match=words) as refused:
        run(options_for(**{"epochs": 1, **change}), tmp_path, on_batch=told.append)
    assert refused.value.field == field
    assert told == []


def relabelled(monkeypatch: pytest.MonkeyPatch, label: Any) -> None:
    def reader(*args: Any, **options: Any) -> Any:
        return (replace(example, label=label(example)) for example in read(*args, **options))

    monkeypatch.setattr(training_data, "read", reader)


def test_a_class_without_images_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    relabelled(monkeypatch, lambda example: example.label % 8)
    with pytest.raises(BadOption, match="not one usable image of 1 of its classes: eight heart petals"):
        run(options_for(), tmp_path)


def test_images_with_a_label_out_of_range_are_left_out_and_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    relabelled(monkeypatch, lambda example: 99 if example.index == 5 else example.label)
    skipped = run(options_for(), tmp_path).skipped
    assert [name for name, _ in skipped] == ["train-00005", "validation-00005", "test-00005"]
    assert all(why == "its label 99 is out of range: there are 9 classes" for _, why in skipped)


def test_a_split_without_a_usable_image_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(example: Example) -> Example:
        return replace(example, image=None, error="cannot be decoded")

    monkeypatch.setattr(training_data, "read", lambda *a, **o: (broken(example) for example in read(*a, **o)))
    with pytest.raises(MlError, match=r"not one usable image in split 'train'; the first: cannot be decoded"):
        run(options_for(), tmp_path)


def test_a_checkpoint_of_another_network_is_refused(tmp_path: Path) -> None:
    checkpoint = killed_after(1, options_for("SmallCNN"), tmp_path / "one")
    other = options_for("SmallCNN", image_size=48, optimizer=OptimizerOptions("sgd"))
    with pytest.raises(UnreadableCheckpoint, match="do not fit this network"):
        run(other, tmp_path / "two", resume=checkpoint)


@pytest.mark.parametrize("left", [0, 500])
def test_a_part_of_a_checkpoint_is_refused(tmp_path: Path, left: int) -> None:
    checkpoint = killed_after(1, options_for(), tmp_path / "one")
    checkpoint.path.write_bytes(checkpoint.path.read_bytes()[:left])
    with pytest.raises(UnreadableCheckpoint, match="cannot read"):
        run(options_for(), tmp_path / "two", resume=checkpoint)
