from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from ml.errors import BadOption, TrainingDiverged
from ml.training import head_phase
from ml.training.checkpoint import Checkpoint, read_state
from ml.training.options import FineTuneOptions, OptimizerOptions
from ml.training.progress import BatchProgress
from tests.unit.ml.conftest import options_for
from tests.unit.ml.training.train.conftest import FINE_TUNED, assert_same, run

pytestmark = pytest.mark.usefixtures("few_flowers", "tiny_net")


def test_early_stopping_ends_a_phase_that_gets_no_better(tmp_path: Path) -> None:
    result = run(options_for(epochs=50, patience=2, optimizer=OptimizerOptions(learning_rate=1e-9)), tmp_path)
    assert len(result.history) == 3 + (result.best_epoch - 1)
    assert result.best_epoch < len(result.history)


def test_a_loss_that_is_no_number_ends_the_training_and_leaves_the_last_good_checkpoint(tmp_path: Path) -> None:
    seen: list[Checkpoint] = []
    explosive = FineTuneOptions("sgd", 1e30, epochs=2, layers="all", schedule="constant")
    with pytest.raises(TrainingDiverged, match="choose a smaller learning_rate"):
        run(options_for(epochs=1, fine_tune=explosive), tmp_path, on_epoch=seen.append)
    assert len(seen) >= 1
    assert all(np.isfinite(array).all() for array in read_state(seen[-1].path).model)


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
