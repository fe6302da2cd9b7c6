"""A network as an evaluation uses it: images in, logits and maybe GradCAM out, compiled for one batch size."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol

import keras
import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from ml import gradcam
from ml.classifier_functions import ClassifierFunctions, classifier_functions
from ml.evaluation import predictor

Images = NDArray[np.uint8]
Floats = NDArray[np.float32]
Ints = NDArray[np.int32]
_PREDICTED = -1


@dataclass(frozen=True, eq=False)
class Sight:
    """What a network made of n images: ``logits`` (n, K), and ``maps`` (n, h, w) if it draws any."""

    logits: Floats
    maps: Floats | None = None


class Network(Protocol):
    """Whatever can look at images of one size."""

    image_size: int
    classes: int

    def see(self, images: Images, targets: Ints | None = None) -> Sight:
        """Look at images (n, S, S, 3) uint8, n at most a batch; maps are of ``targets``, else of the predictions."""
        ...


class PlainNetwork:
    """Logits alone."""

    def __init__(self, model: keras.Model, *, batch_size: int) -> None:
        self._predict = predictor(model)
        self._batch_size = batch_size
        self.image_size = int(model.inputs[0].shape[1])
        self.classes = int(model.outputs[0].shape[-1])

    def see(self, images: Images, targets: Ints | None = None) -> Sight:
        """See ``Network``; there are no maps."""
        del targets
        return Sight(np.asarray(self._predict(_filled(images, self._batch_size)))[: len(images)])


class MappingNetwork:
    """Logits, and the GradCAM map of one class per image, from one forward pass where the head allows it."""

    def __init__(self, model: keras.Model, *, feature_layer: str, batch_size: int) -> None:
        parts = classifier_functions(model, feature_layer=feature_layer)
        self._forward = _compiled(parts, batch_size)
        self._batch_size = batch_size
        self.image_size = parts.image_size
        self.classes = parts.num_classes

    def see(self, images: Images, targets: Ints | None = None) -> Sight:
        """See ``Network``."""
        wanted = np.full(len(images), _PREDICTED, np.int32) if targets is None else targets
        logits, maps = self._forward(_filled(images, self._batch_size), np.resize(wanted, self._batch_size))
        return Sight(np.asarray(logits)[: len(images)], np.asarray(maps)[: len(images), 0])


def _compiled(parts: ClassifierFunctions, batch_size: int) -> Any:
    """Images and the class of each, or ``_PREDICTED``, to logits and maps."""
    size = parts.image_size
    signature = [tf.TensorSpec((batch_size, size, size, 3), tf.float32), tf.TensorSpec((batch_size,), tf.int32)]

    @tf.function(input_signature=signature, autograph=False)
    def forward(images: Any, targets: Any) -> Any:
        features, logits = parts.body(images)
        predicted = tf.argmax(logits, axis=1, output_type=tf.int32)
        chosen = tf.where(targets == _PREDICTED, predicted, targets)[:, None]
        if parts.head_weights is None:
            return logits, gradcam.differentiated_maps(features, chosen, parts.head)
        return logits, gradcam.closed_form_maps(features, chosen, parts.head_weights)

    return forward


def _filled(images: Images, batch_size: int) -> Floats:
    """As many images as the batch size says, the first ones again behind the last."""
    return np.resize(images, (batch_size, *images.shape[1:])).astype(np.float32)
