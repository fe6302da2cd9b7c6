"""How much processor time augmentation takes of a batch, for each policy and for the layer of Keras."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from statistics import median
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from bench.train.recipe import Places
from ml.training.augmentation.random_augmentation import RandomAugmentation
from ml.training.augmentation.strengths import NOTHING, Augmentation
from ml.training.randomness import seed_of

BATCH, SIZE, VIEW, ROUNDS = 32, 288, 256, 5


def measure(places: Places) -> Mapping[str, object]:
    """Milliseconds of processor time for 32 images of 288 pixels that become views of 256; medians of rounds."""
    del places
    cropped = replace(NOTHING, flip=0.5, resized_crop=0.35)
    quality = replace(cropped, gaussian_blur=0.02, motion_blur=0.04, noise=0.1, jpeg=0.8, resolution=0.6)
    ways: dict[str, Augmentation] = {"strengths": Augmentation(), "quality": quality}
    ways |= {name: replace(cropped, policy=name) for name in ("trivial", "rand", "augmix")}
    figures = {name: _milliseconds(RandomAugmentation(way, VIEW)) for name, way in ways.items()}
    layer = keras.layers.RandAugment((0, 255))

    def by_keras(images: Any, seed: Any) -> Any:
        del seed
        return layer(tf.image.resize(images, (VIEW, VIEW)), training=True)

    return {"augmentation_cost_ms": {**figures, "Keras RandAugment": _milliseconds(by_keras)}}


def _milliseconds(augment: Callable[[Any, Any], Any]) -> float:
    images = tf.constant(np.random.default_rng(0).integers(0, 256, (BATCH, SIZE, SIZE, 3)).astype(np.uint8))
    compiled = tf.function(augment, autograph=False)
    seeds = [tf.constant(seed_of(number)) for number in range(ROUNDS + 1)]
    compiled(images, seeds[0])
    return 1000 * median(_seconds(compiled, images, seed) for seed in seeds[1:])


def _seconds(compiled: Callable[[Any, Any], Any], images: Any, seed: Any) -> float:
    started_at = time.process_time()
    np.asarray(compiled(images, seed))
    return time.process_time() - started_at
