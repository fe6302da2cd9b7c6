"""The probability that a classifier gives to a chosen class, compiled once for batches of one shape."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
import tensorflow as tf

from ml.faithfulness import Floats, Ints, TargetProbability


def target_probability(model: keras.Model, *, batch_size: int) -> TargetProbability:
    """Compile a model whose output is logits; the function takes ``batch_size`` images at most, and pads."""
    images_of = tf.TensorSpec((batch_size, *model.inputs[0].shape[1:]), tf.float32)

    @tf.function(input_signature=[images_of, tf.TensorSpec((batch_size,), tf.int32)])
    def chosen(images: Any, targets: Any) -> Any:
        return tf.gather(tf.nn.softmax(model(images, training=False)), targets, axis=1, batch_dims=1)

    def probability(images: Floats, targets: Ints) -> Floats:
        short = batch_size - len(images)
        padded = np.concatenate([images, np.repeat(images[:1], short, axis=0)])
        return np.asarray(chosen(padded, np.concatenate([targets, np.repeat(targets[:1], short)])))[: len(images)]

    return probability
