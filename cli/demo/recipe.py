"""Defines the specifications of the demo's two jobs, for real and for drawn flowers."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

REAL_DATASET = "oxford_flowers102"
IMAGES_EXPLAINED = 64


@dataclass(frozen=True)
class Recipe:
    """Two specifications; the explanation's ``model`` is added once the training job has an id."""

    train: MappingProxyType[str, Any]
    explain: MappingProxyType[str, Any]


def _recipe(dataset: str, **train: Any) -> Recipe:
    methods = ["gradcam", "integrated_gradients"]
    explain = {"split": f"test[0:{IMAGES_EXPLAINED}]", "methods": methods, "shard_size": 16}
    return Recipe(
        train=MappingProxyType({"kind": "train", "name": "demo", "dataset": dataset, **train}),
        explain=MappingProxyType({"kind": "explain", "name": "demo", "dataset": dataset, **explain}),
    )


SYNTHETIC = _recipe(
    "synthetic_flowers",
    backbone="SmallCNN",
    weights="none",
    image_size=64,
    epochs=10,
    batch_size=32,
    optimizer={"name": "adam", "learning_rate": 0.002, "schedule": "cosine"},
)
REAL = _recipe(
    REAL_DATASET,
    backbone="MobileNetV2",
    weights="imagenet",
    image_size=224,
    epochs=15,
    batch_size=32,
    optimizer={"name": "adam", "learning_rate": 0.001},
)


def choose_recipe(tfds_data_dir: Path | None) -> Recipe:
    """Real flowers if they are on this machine, otherwise drawn ones."""
    here = tfds_data_dir is not None and (tfds_data_dir.expanduser() / REAL_DATASET).is_dir()
    return REAL if here else SYNTHETIC
