"""Augments training images: position, angle, distance, light, colour, quality, and the policies of papers.

Augmentation happens before the model, on raw RGB, and is never part of the model that is saved and explained.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import tensorflow as tf

from ml.training.augmentation.colour import RandomColour
from ml.training.augmentation.erasing import RandomErasing
from ml.training.augmentation.policy import RandomPolicy
from ml.training.augmentation.quality import RandomQuality
from ml.training.augmentation.shadow import RandomShadow
from ml.training.augmentation.strengths import Augmentation
from ml.training.augmentation.warp import RandomWarp


@dataclass(frozen=True)
class RandomAugmentation:
    """The whole augmentation: (B, S, S, 3) raw RGB of any type to (B, size, size, 3) float32, 0..255.

    As a photograph is made: the place first, then what the policy does, light and colour, and what a camera and a
    file lose; a rectangle is erased last.
    """

    strengths: Augmentation
    size: int

    def __call__(self, images: Any, seed: Any) -> Any:
        """Augment a batch; the random draws depend only on ``seed``, (2,) int32."""
        strengths = self.strengths
        seeds = tf.random.split(seed, 2)
        # Draws of their own, so that what existed before is drawn as it was.
        more = tf.random.split(tf.random.fold_in(seed, 1), 4)
        images = RandomWarp(strengths, self.size)(tf.cast(images, tf.float32), seeds[0])
        images = RandomPolicy(strengths.policy, strengths.policy_strength)(images, more[0])
        images = RandomColour(strengths)(images, seeds[1])
        images = RandomShadow(strengths.shadow)(images, more[1])
        images = RandomQuality(strengths)(images, more[2])
        return RandomErasing(strengths.erasing)(images, more[3])
