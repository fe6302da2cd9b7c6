"""The specifications that are measured: those under ``examples/``, as a worker would run them."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from jobs.specs.train_spec import TrainSpec
from ml.training.feature_cache import FeatureStore
from ml.training.options import TrainingOptions
from ml.training.train import TrainingResult, train
from store.local import LocalStore
from workers.inputs.dataset_source import DatasetSource
from workers.kinds.train.object_feature_store import ObjectFeatureStore
from workers.kinds.train.training_options import training_options

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"
DATASET, BACKBONE = "oxford_flowers102", "MobileNetV2"


@dataclass(frozen=True)
class Places:
    """Where data and weights lie, and where what is made of them goes."""

    tfds_dir: str | None
    weights_dir: str | None
    folder: Path

    def example(self, name: str) -> TrainingOptions:
        """A specification of ``examples/``."""
        spec = TrainSpec.model_validate_json((EXAMPLES / f"{name}.json").read_text())
        return self.complete(spec)

    def plain(self, **changes: Any) -> TrainingOptions:
        """The simplest training of a head on real flowers: frozen base, 10 epochs, images as they are."""
        spec = TrainSpec(kind="train", dataset=DATASET, backbone=BACKBONE, epochs=10)
        return replace(self.complete(spec), test_split=None, **changes)

    def complete(self, spec: TrainSpec) -> TrainingOptions:
        """A specification with this machine's folders."""
        weights = Path(self.weights_dir) if self.weights_dir else None
        return training_options(spec, DatasetSource(spec.dataset, self.tfds_dir), weights_dir=weights)


def feature_store(folder: Path) -> FeatureStore:
    """Features in an object store on disk, as jobs share them."""
    copies = folder / "copies"
    copies.mkdir(parents=True, exist_ok=True)
    return ObjectFeatureStore(LocalStore(folder / "store"), copies)


def trained(
    options: TrainingOptions,
    *,
    features: FeatureStore | None = None,
    on_epoch: Callable[[Any], None] = lambda _: None,
) -> TrainingResult:
    """Train without being watched."""
    with tempfile.TemporaryDirectory() as folder:
        return train(options, directory=Path(folder), features=features, on_epoch=on_epoch, on_batch=lambda _: None)


def best_validation(result: TrainingResult) -> float:
    """Validation accuracy of what is published: the best epoch, or the mean of the last ones."""
    if result.mean is not None and result.mean.published:
        return result.mean.validation_accuracy or 0.0
    return result.history[result.best_epoch - 1].validation_accuracy or 0.0
