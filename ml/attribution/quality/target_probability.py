"""Compiles a function from images to the probability that a classifier gives to a chosen class."""

from __future__ import annotations

from typing import Any

import keras
import tensorflow as tf

from ml.attribution.quality.faithfulness import Floats, Ints, TargetProbability
from ml.fixed_batch import FixedBatch


def target_probability(model: keras.Model, *, batch_size: int) -> TargetProbability:
    """A function of any number of images, for a model whose output is logits."""

    def chosen(images: Any, targets: Any) -> Any:
        return (tf.gather(tf.nn.softmax(model(images, training=False)), targets, axis=1, batch_dims=1),)

    image = tuple(model.inputs[0].shape[1:])
    compiled = FixedBatch(chosen, [(image, tf.float32), ((), tf.int32)], size=batch_size)

    def probability(images: Floats, targets: Ints) -> Floats:
        return compiled(images, targets)[0]

    return probability
