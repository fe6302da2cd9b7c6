"""Pooled features of pictures: of MobileNetV2 as published, and of a small network that learns from labels."""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass
from pathlib import Path

import keras
import numpy as np
import numpy.typing as npt
from scipy.special import softmax

from ml.models.classifier import POOLING, build_classifier
from ml.training.frozen_backbone import frozen_backbone

Views = npt.NDArray[np.uint8]
Floats = npt.NDArray[np.float32]
_BATCH = 32
SMALL_SIDE = 48
_EPOCHS, _RATE = 10, 3e-3


def mobilenet(views: Views) -> Floats:
    """Pooled features (N, 1280) of views (N, S, S, 3), kept in ``FLORESCOPE_BENCH_DIR``: they take the longest."""
    folder = Path(os.environ.get("FLORESCOPE_BENCH_DIR", "var/bench/audit"))
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"mobilenet-{hashlib.sha256(views.tobytes()).hexdigest()[:16]}.npy"
    if not path.is_file():
        np.save(path, _computed(views))
    return np.asarray(np.load(path))


def _computed(views: Views) -> Floats:
    side, weights_dir = views.shape[1], os.environ["FLORESCOPE_WEIGHTS_DIR"]
    network = frozen_backbone("MobileNetV2", image_size=side, weights="imagenet", weights_dir=weights_dir)
    parts = []
    for start in range(0, len(views), _BATCH):
        batch = np.zeros((_BATCH, side, side, 3), np.float32)
        some = views[start : start + _BATCH]
        batch[: len(some)] = some
        parts.append(np.asarray(network.pool(batch))[: len(some)])
    return np.concatenate(parts)


@dataclass(frozen=True, eq=False)
class Learned:
    """A network that learned from labels, all layers of it."""

    network: keras.Model

    def pooled(self, views: Views) -> Floats:
        """Pooled features (N, C)."""
        below = keras.Model(self.network.input, self.network.get_layer(POOLING).output)
        return np.asarray(below.predict(views.astype(np.float32), verbose=0))

    def probabilities(self, views: Views) -> Floats:
        """(N, classes)."""
        return softmax(self.network.predict(views.astype(np.float32), verbose=0), axis=1)


def learned(views: Views, labels: npt.NDArray[np.int64], *, seed: int) -> Learned:
    """A small network that learned from views (N, 48, 48, 3), mirrored too, and from these labels."""
    network = build_classifier(
        "SmallCNN", num_classes=int(labels.max()) + 1, image_size=SMALL_SIDE, weights="none", seed=seed
    )
    network.compile(keras.optimizers.Adam(_RATE), keras.losses.SparseCategoricalCrossentropy(from_logits=True))
    both = np.concatenate([views, views[:, :, ::-1]]).astype(np.float32)
    network.fit(both, np.tile(labels, 2), batch_size=_BATCH, epochs=_EPOCHS, verbose=0)
    return Learned(network)
