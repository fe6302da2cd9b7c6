"""Draws operations for each image by a policy with a name: TrivialAugment, RandAugment or AugMix.

Keras' RandAugment and AugMix draw the operations once for a whole batch, compute all of them, and draw from a state
that depends on the batches before; here each image has operations of its own, and draws that depend on its seed alone.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from types import MappingProxyType
from typing import Any

import tensorflow as tf

from ml.training.augmentation.operations import OPERATIONS, Operation, Ranges
from ml.training.augmentation.strengths import WHITE, Policy

WIDE = Ranges(shear=0.99, translation=32 / 224, degrees=135, enhancement=0.99, lost_bits=6)
"""Of TrivialAugment (Müller & Hutter 2021, appendix B, "wide")."""
MODERATE = Ranges(shear=0.3, translation=150 / 331, degrees=30, enhancement=0.9, lost_bits=4)
"""Of RandAugment (Cubuk et al. 2020), as of AutoAugment before it (Cubuk et al. 2019, table 6)."""
MIXED = Ranges(shear=0.3, translation=1 / 3, degrees=30, enhancement=0, lost_bits=4, bits=4, whole_bits=True)
"""Of AugMix (Hendrycks et al. 2020), as its authors' code has them."""
LEVELS = 30
DEFAULT_STRENGTHS: Mapping[str, float] = MappingProxyType({"trivial": 1.0, "rand": 0.3, "augmix": 0.3})
RAND_OPERATIONS = 2
CHAINS, LONGEST_CHAIN = 3, 3
WEAKEST = 0.01
_CORRUPTING = {"identity", "colour", "contrast", "brightness", "sharpness"}
_ALL = tuple(OPERATIONS.values())
_AUGMIX = tuple(operation for name, operation in OPERATIONS.items() if name not in _CORRUPTING)
"""AugMix leaves out what robustness is tested with (section 3)."""


@dataclass(frozen=True)
class RandomPolicy:
    """Applies a policy to each image; ``strength`` None: as in its paper."""

    policy: Policy
    strength: float | None = None

    def __call__(self, images: Any, seed: Any) -> Any:
        """Change (B, S, S, 3) float32, 0..255; the random draws depend only on ``seed``, (2,) int32."""
        if self.policy == "none":
            return images
        strength = DEFAULT_STRENGTHS[self.policy] if self.strength is None else self.strength
        change = partial(_POLICIES[self.policy], strength=strength)
        seeds = tf.random.split(seed, tf.shape(images)[0])
        shape = tf.TensorSpec(images.shape[1:], tf.float32)
        return tf.map_fn(lambda pair: change(pair[0], pair[1]), (images, seeds), fn_output_signature=shape)


def trivial(image: Any, seed: Any, *, strength: float) -> Any:
    """One of the fourteen operations, at one of 31 levels, all equally likely (algorithm 1)."""
    drawn = tf.random.split(seed, 2)
    level = tf.random.stateless_uniform((), drawn[0], 0, LEVELS + 1, tf.int32)
    return _one_of(_ALL, image, drawn[1], level=tf.cast(level, tf.float32) / LEVELS * strength, ranges=WIDE)


def rand(image: Any, seed: Any, *, strength: float) -> Any:
    """Two operations in turn, each drawn from the fourteen, at one level (figure 2)."""
    for number in range(RAND_OPERATIONS):
        drawn = tf.random.fold_in(seed, number)
        image = _one_of(_ALL, image, drawn, level=tf.constant(strength), ranges=MODERATE)
    return image


def augmix(image: Any, seed: Any, *, strength: float) -> Any:
    """Three chains of one to three operations, mixed with each other and with the image (algorithm 1).

    The loss that compares several versions of one image (section 3, Jensen-Shannon) is left out.
    """
    drawn = tf.random.split(seed, 3)
    weights = tf.random.stateless_gamma((CHAINS,), drawn[0], alpha=1.0)
    weights /= tf.reduce_sum(weights)
    share = tf.random.stateless_uniform((), drawn[1])
    chain = partial(_chain, image, strength=strength)
    shape = tf.TensorSpec(image.shape, tf.float32)
    chains = tf.map_fn(chain, tf.random.split(drawn[2], CHAINS), fn_output_signature=shape)
    return (1 - share) * image + share * tf.tensordot(weights, chains, axes=1)


def _chain(image: Any, seed: Any, *, strength: float) -> Any:
    """A chain of one to three operations; those after its end are the identity."""
    length = tf.random.stateless_uniform((), seed, 1, LONGEST_CHAIN + 1, tf.int32)

    def longer(image: Any, number: Any) -> Any:
        drawn = tf.random.split(tf.random.fold_in(seed, number + 1), 2)
        level = tf.random.stateless_uniform((), drawn[0], min(WEAKEST, strength), strength)
        return _one_of(_AUGMIX, image, drawn[1], level=level, ranges=MIXED)

    return tf.foldl(longer, tf.range(length), image)


def _one_of(operations: Sequence[Operation], image: Any, seed: Any, *, level: Any, ranges: Ranges) -> Any:
    drawn = tf.random.split(seed, 2)
    number = tf.random.stateless_uniform((), drawn[0], 0, len(operations), tf.int32)
    sign = tf.where(tf.random.stateless_uniform((), drawn[1]) < 0.5, -1.0, 1.0)
    branches = [partial(_applied, operation, image, level, sign, ranges) for operation in operations]
    return tf.switch_case(number, branches)


def _applied(operation: Operation, image: Any, level: Any, sign: Any, ranges: Ranges) -> Any:
    changed = tf.clip_by_value(operation(image, level, sign, ranges), 0.0, WHITE)
    return tf.ensure_shape(changed, image.shape)


_POLICIES: Mapping[str, Callable[..., Any]] = MappingProxyType({"trivial": trivial, "rand": rand, "augmix": augmix})
