"""Predicts logits and pooled features of images in one forward pass, compiled once."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
import numpy.typing as npt
import tensorflow as tf
from scipy.special import softmax

from ml.batch_size import fitting_batch_size
from ml.errors import MlError
from ml.fixed_batch import FixedBatch
from ml.models.folding import fold_batch_normalization
from ml.models.spatial_features import feature_output

Floats = npt.NDArray[np.float32]


class FeaturePredictor:
    """Gives the logits (n, K) and features (n, D) of images (n, H, W, 3) uint8, both float32.

    Features are the means of the feature layer's channels over its places; without such a layer, the logits. With one,
    batch normalisation is folded into convolutions, as explanations do it.

    Args:
        model: a classifier whose output is logits.
        feature_layer: the layer whose channels are pooled, or None.
        batch_size: images per call of the network, at most; half as many where there are few.

    Raises:
        MlError: the model has no such layer.
    """

    def __init__(self, model: keras.Model, *, feature_layer: str | None, batch_size: int) -> None:
        if feature_layer is None:
            outputs = [model.outputs[0]]
        else:
            model = fold_batch_normalization(model, kept=feature_layer)
            outputs = [model.outputs[0], feature_output(model, feature_layer)]
        self._body = keras.Model(model.inputs[0], outputs)
        _, height, width, _ = model.inputs[0].shape
        self.image_size = (int(height), int(width))
        size = min(batch_size, fitting_batch_size(model, gradients=False))
        row = ((*self.image_size, 3), tf.uint8)
        self._batch = FixedBatch(self._pass, [row], size=size, small=size // 2)

    def __call__(self, images: npt.NDArray[np.uint8]) -> tuple[Floats, Floats]:
        """Logits and features."""
        logits, features = self._batch(images)
        return logits, features

    def probabilities(self, images: npt.NDArray[np.uint8]) -> Floats:
        """Softmax probabilities (n, K) float32."""
        return np.asarray(softmax(self(images)[0].astype(np.float64), axis=1), np.float32)

    @property
    def has_places(self) -> bool:
        """Whether there is a layer of features with places."""
        return len(self._body.outputs) > 1

    def spatial(self, images: npt.NDArray[np.uint8]) -> Floats:
        """The features of each place (n, h, w, D) of a few images, all at once.

        Raises:
            MlError: there is no such layer.
        """
        if not self.has_places:
            raise MlError("the model has no layer of features with places")
        found: Floats = np.asarray(self._body(tf.cast(images, tf.float32), training=False)[1], np.float32)
        return found

    def _pass(self, images: Any) -> Any:
        found = self._body(tf.cast(images, tf.float32), training=False)
        if not self.has_places:
            logits = tf.cast(found, tf.float32)
            return logits, logits
        logits, maps = (tf.cast(each, tf.float32) for each in found)
        return logits, tf.reduce_mean(maps, axis=[1, 2])
