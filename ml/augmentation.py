"""The two input pipelines: ``baseline`` leaves images as they are, ``augmented`` varies them anew each epoch.

Augmentation happens before the model, on raw RGB, and is never part of the model that is saved and explained.
"""

from __future__ import annotations

import keras
import numpy as np

from ml.errors import UnknownName

BASELINE, AUGMENTED = "baseline", "augmented"
RAW_RANGE = (0, 255)


def augmentation(name: str, *, seed: int) -> keras.Sequential | None:
    """Flip, rotation, zoom, translation, brightness and contrast on raw RGB, 0..255; None for the baseline.

    Args:
        name: ``baseline`` or ``augmented``.
        seed: of all random draws.

    Raises:
        UnknownName: no such pipeline.
    """
    if name == BASELINE:
        return None
    if name != AUGMENTED:
        raise UnknownName(f"no pipeline {name!r}: there are {BASELINE} and {AUGMENTED}")
    layers = keras.layers
    return keras.Sequential(
        [
            layers.RandomFlip("horizontal", seed=seed),
            layers.RandomRotation(0.08, fill_mode="reflect", seed=seed + 1),
            layers.RandomZoom((-0.2, 0.1), fill_mode="reflect", seed=seed + 2),
            layers.RandomTranslation(0.1, 0.1, fill_mode="reflect", seed=seed + 3),
            layers.RandomBrightness(0.15, value_range=RAW_RANGE, seed=seed + 4),
            layers.RandomContrast(0.2, value_range=RAW_RANGE, seed=seed + 5),
        ],
        name=AUGMENTED,
    )


def reseed(model: keras.Model, *, seed: int, epoch: int) -> None:
    """Start all random draws of an epoch anew, so that a resumed epoch draws what an uninterrupted one does.

    Args:
        model: the augmentation, or the classifier with its dropout.
        seed: of the training.
        epoch: counted from 1.
    """
    for position, layer in enumerate(model.layers):
        generator = getattr(layer, "generator", None) or getattr(layer, "seed_generator", None)
        if generator is not None:
            state = np.random.SeedSequence((seed, epoch, position)).generate_state(2)
            generator.state.assign(state.astype(generator.state.dtype))
