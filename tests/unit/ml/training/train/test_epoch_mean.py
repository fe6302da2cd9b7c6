"""Means of the weights after the last epochs: known ones, and how they are chosen, published and resumed."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from ml.evaluation.accuracy import Evaluation
from ml.training.checkpoint import Checkpoint, TrainingState, read_state, write_state
from ml.training.progress import EpochMetrics
from ml.training.states import epoch_mean
from ml.training.states.epoch_mean import last_epochs, means_of
from ml.training.train import TrainingResult
from tests.unit.ml.conftest import options_for
from tests.unit.ml.training.train.conftest import FINE_TUNE, run

TUNED: dict[str, Any] = {"epochs": 1, "calibrate": False, "fine_tune": replace(FINE_TUNE, epochs=4, average_last=3)}


def metrics(epoch: int, phase: Any = "fine_tune") -> EpochMetrics:
    return EpochMetrics(epoch, 1.0, 0.5, 1.0, 0.5, 1.0, phase)


def stored(folder: Path, weights: dict[int, list[Any]]) -> dict[int, Path]:
    paths = {epoch: folder / f"{epoch}.npz" for epoch in weights}
    for epoch, arrays in weights.items():
        write_state(TrainingState("fine_tune", epoch, tuple(arrays), (np.ones(1),), (np.ones(1),)), paths[epoch])
    return paths


def test_the_mean_of_known_weights_is_known_and_what_did_not_change_keeps_its_bits(tmp_path: Path) -> None:
    frozen = np.array([0.1, 1e-30, -7.7], np.float32)
    learnt = {3: 9.0, 4: 1.0, 5: 2.0}
    paths = stored(tmp_path, {epoch: [frozen, np.full(2, value, np.float32)] for epoch, value in learnt.items()})
    of_two, of_three = means_of(paths, (3, 4, 5))
    assert of_two.model[1].tolist() == [1.5, 1.5]
    assert of_three.model[1].tolist() == [4.0, 4.0]
    for mean in (of_two, of_three):
        assert mean.model[0].tobytes() == frozen.tobytes()
        assert mean.model[0].dtype == np.float32
        assert (mean.raw, mean.optimizer) == ((), ())


@pytest.mark.parametrize(
    ("kept", "most", "expected"),
    [
        ({3, 4, 5}, 3, (3, 4, 5)),
        ({3, 4, 5}, 2, (4, 5)),
        ({3, 5}, 3, (5,)),
        ({1, 2, 3, 4, 5}, 9, (3, 4, 5)),
        ({4}, 3, ()),
    ],
    ids=["all", "at most so many", "a gap", "not of the head", "the last one is gone"],
)
def test_the_last_epochs_are_those_of_fine_tuning_without_a_gap(
    kept: set[int], most: int, expected: tuple[int, ...]
) -> None:
    history = (metrics(1, "head"), metrics(2, "head"), *(metrics(epoch) for epoch in (3, 4, 5)))
    assert last_epochs(history, kept, most=most) == expected


def scored(monkeypatch: pytest.MonkeyPatch, *found: tuple[float, float]) -> None:
    """Let the means be of these accuracies and losses, in turn."""
    scores = iter(found)

    def evaluation(*_: object, **__: object) -> Evaluation:
        accuracy, loss = next(scores)
        return Evaluation(loss, accuracy, 18)

    monkeypatch.setattr(epoch_mean, "evaluate", evaluation)


def kept_run(folder: Path, **changes: Any) -> tuple[TrainingResult, list[Any]]:
    """A training, and the weights after each of its epochs."""
    states: list[Any] = []

    def seen(checkpoint: Checkpoint) -> None:
        states.append(read_state(checkpoint.path).model)

    return run(options_for(**TUNED, **changes), folder, on_epoch=seen), states


def published_kernel(result: TrainingResult) -> Any:
    return result.model.get_layer("conv2").get_weights()[0]


@pytest.mark.usefixtures("few_flowers", "tiny_net")
def test_the_best_mean_is_published_where_it_is_better_than_the_best_epoch(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    scored(monkeypatch, (2.0, 0.3), (2.0, 0.2))
    result, states = kept_run(tmp_path)
    mean = result.mean
    assert mean is not None
    assert (mean.epochs, mean.published, mean.tried) == ((3, 4, 5), True, 2)
    assert (mean.validation_accuracy, mean.validation_loss) == (2.0, 0.2)
    place = next(place for place, array in enumerate(states[-1]) if array.shape == published_kernel(result).shape)
    expected = np.mean([state[place] for state in states[-3:]], axis=0)
    np.testing.assert_allclose(published_kernel(result), expected, rtol=1e-5, atol=1e-7)


@pytest.mark.usefixtures("few_flowers", "tiny_net")
def test_the_best_epoch_is_published_where_no_mean_is_better(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    plain = run(options_for(**{**TUNED, "fine_tune": replace(FINE_TUNE, epochs=4)}), tmp_path / "plain")
    best = plain.history[plain.best_epoch - 1]
    same = (best.validation_accuracy or 0.0, best.validation_loss or 0.0)
    scored(monkeypatch, (0.0, 9.0), same)
    result, _ = kept_run(tmp_path / "with")
    assert result.mean is not None
    assert result.mean.validation_accuracy == best.validation_accuracy
    assert not result.mean.published
    for one, other in zip(plain.model.get_weights(), result.model.get_weights(), strict=True):
        np.testing.assert_array_equal(one, other)


@pytest.mark.usefixtures("few_flowers", "tiny_net")
def test_without_validation_images_the_mean_of_all_is_published(tmp_path: Path) -> None:
    result, _ = kept_run(tmp_path, validation_split=None)
    assert result.mean is not None
    assert result.mean == epoch_mean.EpochMean((3, 4, 5), None, None, tried=1, published=True)


@pytest.mark.usefixtures("few_flowers", "tiny_net")
def test_a_training_killed_after_its_last_epoch_makes_the_same_mean(tmp_path: Path) -> None:
    seen: list[Checkpoint] = []
    whole = run(options_for(**TUNED), tmp_path / "whole", on_epoch=seen.append)
    files = {path.name for path in (tmp_path / "whole").iterdir()}
    assert {path.name for path in seen[-1].last_paths.values()} == {f"epoch-000{epoch}.npz" for epoch in (3, 4, 5)}
    assert len(files) <= 4, "three for the mean, and the best"
    resumed = run(options_for(**TUNED), tmp_path / "resumed", resume=seen[-1])
    assert resumed.mean == whole.mean
    for one, other in zip(whole.model.get_weights(), resumed.model.get_weights(), strict=True):
        np.testing.assert_array_equal(one, other)
