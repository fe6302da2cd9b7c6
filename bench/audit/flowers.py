"""The pictures in which things are planted: a few classes of drawn and of real flowers, for training and for tests."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
import numpy.typing as npt

from bench.audit.case import Source
from ml.data import datasets
from ml.data.images import resize
from ml.data.synthetic import synthetic_flowers

Images = npt.NDArray[np.uint8]
Labels = npt.NDArray[np.int64]
SYNTHETIC_SIDE, REAL_SIDE = 48, 96
SYNTHETIC_CLASSES = (0, 2, 4, 6, 8)
REAL_CLASSES = 8
TRAINING, TEST = 60, 48
"""Numbers of pictures of each class, to learn from and to test on."""


@dataclass(frozen=True, eq=False)
class Flowers:
    """Pictures (N, S, S, 3) and their classes (N,), counted from 0, for training and for tests."""

    training: Images
    training_labels: Labels
    test: Images
    test_labels: Labels

    @property
    def classes(self) -> int:
        """How many."""
        return int(self.test_labels.max()) + 1


@cache
def flowers(source: Source) -> Flowers:
    """Draw or read them, once."""
    return _synthetic() if source == "synthetic_flowers" else _real()


def _synthetic() -> Flowers:
    training = dict(_drawn("train", 2 * TRAINING))
    test = dict(_drawn("test", TEST))
    return Flowers(*_joined(training), *_joined(test))


def _drawn(split: str, count: int) -> Iterator[tuple[int, Images]]:
    step = len(synthetic_flowers.CLASSES)
    for label, first in enumerate(SYNTHETIC_CLASSES):
        drawn = (synthetic_flowers.example(split, first + step * number).image for number in range(count))
        yield label, np.stack([resize(image, SYNTHETIC_SIDE) for image in drawn if image is not None])


def _real() -> Flowers:
    path = Path(os.environ.get("FLORESCOPE_BENCH_DIR", "var/bench/audit")) / f"flowers-{REAL_SIDE}.npz"
    if not path.is_file():
        path.parent.mkdir(parents=True, exist_ok=True)
        images, labels = _frequent()
        np.savez(path, images=images, labels=labels)
    with np.load(path) as kept:
        images, labels = kept["images"], kept["labels"]
    of = {label: images[labels == label] for label in range(REAL_CLASSES)}
    training = {label: some[:TRAINING] for label, some in of.items()}
    test = {label: some[TRAINING : TRAINING + TEST] for label, some in of.items()}
    return Flowers(*_joined(training), *_joined(test))


def _frequent() -> tuple[Images, Labels]:
    """The pictures of the classes that have most in the official test split."""
    read = datasets.read("oxford_flowers102", "test", data_dir=os.environ["TFDS_DATA_DIR"], image_size=REAL_SIDE)
    kept = [(example.image, example.label) for example in read if example.image is not None]
    frequent = [label for label, _ in Counter(label for _, label in kept).most_common(REAL_CLASSES)]
    chosen = [(image, frequent.index(label)) for image, label in kept if label in frequent]
    return np.stack([image for image, _ in chosen]), np.asarray([label for _, label in chosen], np.int64)


def _joined(of: dict[int, Images]) -> tuple[Images, Labels]:
    labels = np.concatenate([np.full(len(images), label, np.int64) for label, images in of.items()])
    return np.concatenate(list(of.values())), labels
