"""A network as an evaluation uses it: images in, logits and maybe GradCAM out, compiled for one batch size."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import keras
import numpy as np
from numpy.typing import NDArray

from ml.attribution.forward_pass import ForwardPass, class_of_rank
from ml.evaluation.accuracy import predict_function
from ml.models.classifier_functions import classifier_functions

Images = NDArray[np.uint8]
Floats = NDArray[np.float32]
Ints = NDArray[np.int32]


@dataclass(frozen=True, eq=False)
class Prediction:
    """What a network made of n images: ``logits`` (n, K), and ``maps`` (n, h, w) if it draws any."""

    logits: Floats
    maps: Floats | None = None


class Predictor(Protocol):
    """Whatever can look at images of one size."""

    image_size: int
    classes: int

    def predict(self, images: Images, targets: Ints | None = None) -> Prediction:
        """Look at images (n, S, S, 3) uint8, n at most a batch; maps are of ``targets``, else of the predictions."""
        ...


class LogitPredictor:
    """Logits alone."""

    def __init__(self, model: keras.Model, *, batch_size: int) -> None:
        self._predict = predict_function(model)
        self._batch_size = batch_size
        self.image_size = int(model.inputs[0].shape[1])
        self.classes = int(model.outputs[0].shape[-1])

    def predict(self, images: Images, targets: Ints | None = None) -> Prediction:
        """See ``Predictor.predict``; there are no maps."""
        del targets
        return Prediction(np.asarray(self._predict(_filled(images, self._batch_size)))[: len(images)])


class CamPredictor:
    """Logits, and the GradCAM map of one class per image, from one forward pass where the head allows it."""

    def __init__(self, model: keras.Model, *, feature_layer: str, batch_size: int) -> None:
        functions = classifier_functions(model, feature_layer=feature_layer)
        self.image_size, self.classes = functions.image_size, functions.num_classes
        self._pass = ForwardPass(
            functions.body,
            functions.head,
            functions.head_weights,
            image_size=self.image_size,
            classes=1,
            batch_size=batch_size,
        )

    def predict(self, images: Images, targets: Ints | None = None) -> Prediction:
        """See ``Predictor.predict``."""
        asked = np.full(len(images), class_of_rank(0), np.int32) if targets is None else targets
        passed = self._pass(images, asked[:, None])
        return Prediction(passed.logits, passed.maps[:, 0])


def _filled(images: Images, batch_size: int) -> Floats:
    """As many images as the batch size says, the first ones again behind the last."""
    return np.resize(images, (batch_size, *images.shape[1:])).astype(np.float32)
