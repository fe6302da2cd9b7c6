"""The model that a training publishes: its best epoch, centred and calibrated."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from scipy.special import softmax

from ml.training.checkpoint import Checkpoint, read_state
from ml.training.finished_model import model_from_state
from ml.training.options import OptimizerOptions
from ml.training.train import TrainingResult, model_from_checkpoint
from tests.few_flowers import make_flowers_few
from tests.unit.ml.conftest import TINY, options_for, register_tiny_net
from tests.unit.ml.training.train.conftest import run

pytestmark = pytest.mark.usefixtures("few_flowers", "tiny_net")


def test_the_best_epoch_is_published_and_its_checkpoint_holds_the_same_model(tmp_path: Path) -> None:
    seen: list[Checkpoint] = []
    options = options_for(epochs=6, optimizer=OptimizerOptions("sgd", 0.05), calibrate=False)
    result = run(options, tmp_path, on_epoch=seen.append)
    assert result.calibration is None
    best = max(result.history, key=lambda m: (m.validation_accuracy or 0, -(m.validation_loss or 0)))
    assert result.best_epoch == best.epoch
    assert seen[-1].best_path is not None
    assert read_state(seen[-1].best_path).epoch == best.epoch
    for one, other in zip(
        model_from_checkpoint(options, seen[-1].best_path).weights, result.model.weights, strict=True
    ):
        np.testing.assert_array_equal(one.numpy(), other.numpy())


@pytest.fixture(scope="module", params=[TINY, "SmallCNN"], ids=["a head", "a whole network"])
def plain_and_calibrated(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> tuple[TrainingResult, TrainingResult]:
    """The same training without and with a calibration."""
    with pytest.MonkeyPatch.context() as patch:
        make_flowers_few(patch)
        register_tiny_net(patch)
        plain = run(options_for(request.param, epochs=2, calibrate=False), tmp_path_factory.mktemp("plain"))
        return plain, run(options_for(request.param, epochs=2), tmp_path_factory.mktemp("calibrated"))


def test_the_logits_of_a_published_model_sum_to_zero(
    plain_and_calibrated: tuple[TrainingResult, TrainingResult],
) -> None:
    for result in plain_and_calibrated:
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


def test_a_calibrated_model_is_the_same_one_with_its_logits_divided(
    plain_and_calibrated: tuple[TrainingResult, TrainingResult],
) -> None:
    plain, calibrated = plain_and_calibrated
    images = np.random.default_rng(0).integers(0, 256, (4, 32, 32, 3)).astype(np.float32)
    assert calibrated.calibration is not None
    assert calibrated.calibration.temperature != 1
    np.testing.assert_allclose(
        calibrated.model(images) * calibrated.calibration.temperature, plain.model(images), rtol=1e-3, atol=1e-4
    )
    assert calibrated.test_accuracy == plain.test_accuracy
    assert calibrated.history[-1].validation_loss == pytest.approx(plain.history[-1].validation_loss, rel=1e-4)
