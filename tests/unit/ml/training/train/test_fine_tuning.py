from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from ml.training.options import FineTuneOptions
from tests.few_flowers import make_flowers_few
from tests.unit.ml.conftest import options_for, register_tiny_net
from tests.unit.ml.training.train.conftest import FINE_TUNE, FINE_TUNED, run

pytestmark = pytest.mark.usefixtures("few_flowers", "tiny_net")


@pytest.fixture(scope="module")
def frozen(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """The model of a training without fine-tuning."""
    with pytest.MonkeyPatch.context() as patch:
        make_flowers_few(patch)
        register_tiny_net(patch)
        return run(options_for(epochs=2), tmp_path_factory.mktemp("frozen")).model


def test_fine_tuning_changes_the_backbone_but_not_its_batch_normalisation(tmp_path: Path, frozen: Any) -> None:
    tuned = run(options_for(**FINE_TUNED), tmp_path / "tuned").model
    moved = {layer.name: _distance(layer, frozen) for layer in tuned.layers if layer.weights}
    assert moved["bn1"] == 0
    assert moved["conv1"] > 0
    assert moved["conv2"] > 0


def test_fine_tuning_the_last_layers_leaves_the_first_alone(tmp_path: Path, frozen: Any) -> None:
    last = replace(FINE_TUNE, layers=2, discriminative=0.5)
    tuned = run(options_for(epochs=2, fine_tune=last), tmp_path / "tuned").model
    assert _distance(tuned.get_layer("conv1"), frozen) == 0
    assert _distance(tuned.get_layer("conv2"), frozen) > 0


def _distance(layer: Any, other: Any) -> float:
    pairs = zip(layer.get_weights(), other.get_layer(layer.name).get_weights(), strict=True)
    return max(float(np.abs(a - b).max()) for a, b in pairs)


def test_fine_tuning_needs_no_weight_decay(tmp_path: Path) -> None:
    tuned = FineTuneOptions("adamw", epochs=1, layers="all")
    assert len(run(options_for(epochs=1, fine_tune=tuned), tmp_path).history) == 2
