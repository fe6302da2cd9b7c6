"""A network as an evaluation uses it: images in, logits and maybe GradCAM out, compiled for batches of one size."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import keras
import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from ml.classifier_functions import classifier_functions
from ml.fixed_batch import FixedBatch
from ml.forward_pass import ForwardPass, likeliest

Images = NDArray[np.uint8]
Floats = NDArray[np.float32]
Ints = NDArray[np.int32]


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
        """Look at images (n, S, S, 3) uint8, any number; maps are of ``targets``, else of the predictions."""
        ...


class PlainNetwork:
    """Logits alone."""

    def __init__(self, model: keras.Model, *, batch_size: int) -> None:
        self.image_size = int(model.inputs[0].shape[1])
        self.classes = int(model.outputs[0].shape[-1])
        self._logits = FixedBatch(
            lambda images: (model(tf.cast(images, tf.float32), training=False),),
            [((self.image_size, self.image_size, 3), tf.uint8)],
            size=batch_size,
        )

    def see(self, images: Images, targets: Ints | None = None) -> Sight:
        """See ``Network``; there are no maps."""
        del targets
        return Sight(*self._logits(images))


class MappingNetwork:
    """Logits, and the GradCAM map of one class per image, from one forward pass where the head allows it."""

    def __init__(self, model: keras.Model, *, feature_layer: str, batch_size: int) -> None:
        parts = classifier_functions(model, feature_layer=feature_layer)
        self.image_size, self.classes = parts.image_size, parts.num_classes
        self._pass = ForwardPass(
            *(parts.body, parts.head, parts.head_weights),
            image_size=parts.image_size,
            classes=1,
            batch_size=batch_size,
        )

    def see(self, images: Images, targets: Ints | None = None) -> Sight:
        """See ``Network``."""
        asked = np.full(len(images), likeliest(0), np.int32) if targets is None else targets
        passed = self._pass(images, asked[:, None])
        return Sight(passed.logits, passed.maps[:, 0])
