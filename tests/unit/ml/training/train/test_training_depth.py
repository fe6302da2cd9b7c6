"""Fine-tuning that leaves out residual branches at random: what is published, and how it is resumed and refused."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from ml.errors import BadOption
from tests.unit.ml.conftest import options_for, register_tiny_net
from tests.unit.ml.training.train.conftest import FINE_TUNE, VARIED, assert_same, residual_network, run
from tests.unit.ml.training.train.test_resume import run_and_keep

pytestmark = pytest.mark.usefixtures("few_flowers", "tiny_net")


@pytest.fixture(autouse=True)
def residual_net(monkeypatch: pytest.MonkeyPatch) -> None:
    register_tiny_net(monkeypatch, "TinyResNet", residual_network)


def residual(rate: float | None, **changes: Any) -> Any:
    tuning = replace(FINE_TUNE, stochastic_depth=rate, **changes.pop("tuning", {}))
    return options_for("TinyResNet", weights="imagenet", epochs=1, fine_tune=tuning, **changes)


def test_with_rate_0_a_training_is_the_plain_one_bit_for_bit_and_with_another_rate_it_is_not(tmp_path: Path) -> None:
    plain, none, half = (run(residual(rate), tmp_path / str(rate)).model for rate in (None, 0.0, 0.5))
    for one, other in zip(plain.get_weights(), none.get_weights(), strict=True):
        np.testing.assert_array_equal(one, other)
    kernels = [model.get_layer("conv4").get_weights()[0] for model in (plain, half)]
    assert not np.allclose(*kernels)
    assert [layer.name for layer in half.layers[1:]] == [layer.name for layer in plain.layers[1:]], "a plain network"
    plain.set_weights(half.get_weights())
    images = np.random.default_rng(0).uniform(0, 255, (4, 32, 32, 3)).astype(np.float32)
    np.testing.assert_array_equal(plain.predict(images, verbose=0), half.predict(images, verbose=0))


@pytest.mark.parametrize("layers", ["all", 5], ids=["on images", "on features"])
def test_a_training_killed_while_branches_are_left_out_among_the_epochs_of_its_mean_ends_as_one_that_was_not(
    tmp_path: Path, layers: Any
) -> None:
    tuning = {"layers": layers, "epochs": 3, "distillation": 0.3, "average_last": 2}
    options = residual(0.5, tuning=tuning, **VARIED, feature_views=1)
    whole, checkpoint = run_and_keep(3, options, tmp_path / "whole")
    resumed = run(options, tmp_path / "resumed", resume=checkpoint)
    assert_same(whole, resumed)
    assert whole.mean is not None
    assert resumed.mean is not None
    assert resumed.mean.epochs == whole.mean.epochs == (3, 4)
    assert resumed.mean.validation_loss == pytest.approx(whole.mean.validation_loss, rel=1e-3)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (options_for(epochs=1, fine_tune=replace(FINE_TUNE, stochastic_depth=0.1)), "TinyNet has none"),
        (replace(residual(0.1), fine_tune=replace(FINE_TUNE, layers=3, stochastic_depth=0.1)), "none is trained"),
    ],
)
def test_where_there_is_no_branch_to_leave_out_it_is_refused_before_anything_is_computed(
    tmp_path: Path, options: Any, words: str
) -> None:
    reports: list[Any] = []
    with pytest.raises(BadOption, match=words) as refused:
        run(options, tmp_path, on_batch=reports.append)
    assert refused.value.field == "fine_tune.stochastic_depth"
    assert not [each for each in reports if each.activity == "training"]
