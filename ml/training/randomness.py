"""Derives all random draws of a training from seed, epoch and step, so that a resumed run draws the same."""

from __future__ import annotations

import keras
import numpy as np
from numpy.typing import NDArray

Seed = NDArray[np.int32]


def seed_of(*numbers: int) -> Seed:
    """A seed (2,) int32 for stateless draws, derived from non-negative numbers such as seed, epoch and step."""
    return np.random.SeedSequence(numbers).generate_state(2).astype(np.int32)


def shuffled(count: int, *, seed: int, epoch: int) -> NDArray[np.int64]:
    """The order of an epoch: a permutation that depends only on the seed and the epoch."""
    return np.random.default_rng((seed, epoch)).permutation(count)


def reseed(model: keras.Model, *, seed: int, epoch: int) -> None:
    """Seed the random generators of a model's layers (dropout) for an epoch, counted from 1."""
    for position, layer in enumerate(model.layers):
        generator = getattr(layer, "seed_generator", None)
        if generator is not None:
            state = np.random.SeedSequence((seed, epoch, position)).generate_state(2)
            generator.state.assign(state.astype(generator.state.dtype))
