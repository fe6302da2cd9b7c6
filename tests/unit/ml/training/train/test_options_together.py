"""A training with all options at once that is killed ends as one that was not."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from ml.training.augmentation.strengths import NOTHING
from ml.training.folds import Fold
from tests.unit.ml.conftest import options_for, register_tiny_net
from tests.unit.ml.training.train.conftest import FINE_TUNE, VARIED, assert_same, residual_network, run
from tests.unit.ml.training.train.test_resume import run_and_keep

pytestmark = pytest.mark.usefixtures("few_flowers")

TUNING = replace(
    FINE_TUNE, epochs=4, average_last=3, stochastic_depth=0.5, dropout=0.4, discriminative=0.5, distillation=0.5
)
VARIED_IN_ALL_WAYS = replace(
    NOTHING, flip=0.5, resized_crop=0.35, gaussian_blur=0.02, noise=0.1, quality_probability=0.5, erasing=0.3
)
GROWING: dict[str, Any] = {"fine_tune": replace(TUNING, crop_sizes=(24, 40))}
KEPT: dict[str, Any] = {"fine_tune": replace(TUNING, layers=5)}
OF_A_FOLD: dict[str, Any] = {"folds": 3, "fold": Fold(1, 3), "test_split": None, "batch_size": 8}
REPEATED: dict[str, Any] = {
    "train_split": "train+validation",
    "validation_split": None,
    "stop_after": {"head": 1, "fine_tune": 3},
    "temperature": 0.7,
}


@pytest.mark.parametrize(
    ("policy", "changes"),
    [("trivial", GROWING | OF_A_FOLD), ("augmix", KEPT | OF_A_FOLD), ("rand", GROWING | REPEATED)],
    ids=["a fold, on views that grow", "a fold, on features", "a refit, on views that grow"],
)
def test_it_goes_on_where_it_was_killed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, policy: Any, changes: dict[str, Any]
) -> None:
    register_tiny_net(monkeypatch, "TinyResNet", residual_network)
    augmentation = replace(VARIED_IN_ALL_WAYS, policy=policy)
    common = VARIED | {"feature_views": 2, "class_weights": "balanced", "patience": 2, "augmentation": augmentation}
    options = options_for("TinyResNet", weights="imagenet", **({"epochs": 2} | common | changes))
    whole, checkpoint = run_and_keep(3, options, tmp_path / "whole")
    resumed = run(options, tmp_path / "resumed", resume=checkpoint)
    assert_same(whole, resumed)
    assert whole.mean is not None
    assert (resumed.mean, resumed.best_epoch) == (whole.mean, whole.best_epoch)
