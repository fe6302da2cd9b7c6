"""The model and the images that everything here is measured on: a MobileNetV2 with a trained head, real flowers.

Both are made once and kept under ``var/bench/explain`` (or ``FLORESCOPE_BENCH_DIR``); a later run finds them there.
"""

from __future__ import annotations

import os
import tempfile
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import keras
import numpy as np
import numpy.typing as npt

from ml.data.datasets import read
from ml.data.images import resize
from ml.models.saved_model import load_model, save_model
from ml.training.train import TrainingOptions, train

DATASET, SPLIT, BACKBONE, IMAGE_SIZE = "oxford_flowers102", "test", "MobileNetV2", 224
FEATURE_LAYER = "out_relu"


@dataclass(frozen=True)
class Places:
    """Where the data lie and where what is made of them goes."""

    tfds_dir: str
    weights_dir: str
    cache: Path


def places_from_environment() -> Places:
    """Read ``TFDS_DATA_DIR``, ``FLORESCOPE_WEIGHTS_DIR`` and ``FLORESCOPE_BENCH_DIR``.

    Raises:
        SystemExit: one of the first two is missing.
    """
    missing = [name for name in ("TFDS_DATA_DIR", "FLORESCOPE_WEIGHTS_DIR") if not os.environ.get(name)]
    if missing:
        raise SystemExit(f"set {' and '.join(missing)}: the benchmark needs Flowers102 and the MobileNetV2 weights")
    cache = Path(os.environ.get("FLORESCOPE_BENCH_DIR", "var/bench/explain"))
    cache.mkdir(parents=True, exist_ok=True)
    return Places(os.environ["TFDS_DATA_DIR"], os.environ["FLORESCOPE_WEIGHTS_DIR"], cache)


def real_model(places: Places) -> keras.Model:
    """The classifier: frozen ImageNet backbone, dense layer trained on the 1,020 official training images."""
    path = places.cache / "centred-model.keras"
    if not path.is_file():
        save_model(_trained(places), path)
    return load_model(path)


def real_images(places: Places, count: int) -> tuple[npt.NDArray[np.uint8], list[int]]:
    """The first ``count`` test images (count, 224, 224, 3), as the model sees them, and their labels."""
    path = places.cache / f"images-{count}.npz"
    if not path.is_file():
        images, labels = _first_images(places, count)
        np.savez(path, images=images, labels=labels)
    kept = np.load(path)
    return kept["images"], [int(label) for label in kept["labels"]]


def _first_images(places: Places, count: int) -> tuple[npt.NDArray[np.uint8], npt.NDArray[np.int32]]:
    examples = read(DATASET, SPLIT, stop=count, data_dir=places.tfds_dir)
    usable = [(resize(example.image, IMAGE_SIZE), example.label) for example in examples if example.image is not None]
    return np.stack([image for image, _ in usable]), np.asarray([label for _, label in usable], np.int32)


def training_options(places: Places, **changes: Any) -> TrainingOptions:
    """How the classifier is trained."""
    options = TrainingOptions(
        dataset=DATASET,
        train_split="train",
        validation_split="validation",
        test_split="validation",
        backbone=BACKBONE,
        weights="imagenet",
        image_size=IMAGE_SIZE,
        pipeline="baseline",
        epochs=20,
        batch_size=32,
        data_dir=places.tfds_dir,
        weights_dir=places.weights_dir,
    )
    return replace(options, **changes)


def _trained(places: Places) -> keras.Model:
    options = training_options(places)
    with tempfile.TemporaryDirectory() as folder:
        return train(options, directory=Path(folder), on_epoch=lambda _: None, on_batch=lambda _: None).model
