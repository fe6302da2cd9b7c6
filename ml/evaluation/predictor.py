"""Predicts batches of images for evaluations: logits, and GradCAM maps where needed; compiled for one batch size."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import keras
import numpy as np
from numpy.typing import NDArray

from ml.attribution.forward_pass import ForwardPass, class_of_rank
from ml.attribution.layer_methods import GRADCAM
from ml.data.image_size import ImageSize
from ml.evaluation.accuracy import predict_function
from ml.models.classifier_functions import classifier_functions

Images = NDArray[np.uint8]
Floats = NDArray[np.float32]
Ints = NDArray[np.int32]


@dataclass(frozen=True, eq=False)
class Prediction:
    """The outputs for n images: ``logits`` (n, K), and GradCAM ``maps`` (n, h, w) or None."""

    logits: Floats
    maps: Floats | None = None


class Predictor(Protocol):
    """Predicts images of one size."""

    image_size: ImageSize
    classes: int

    def predict(self, images: Images, targets: Ints | None = None) -> Prediction:
        """Predict images (n, S, S, 3) uint8, n at most a batch; maps explain ``targets``, else the predictions."""
        ...


class LogitPredictor:
    """Predicts logits only."""

    def __init__(self, model: keras.Model, *, batch_size: int) -> None:
        self._predict = predict_function(model)
        self._batch_size = batch_size
        _, height, width, _ = model.inputs[0].shape
        self.image_size: ImageSize = (int(height), int(width))
        self.classes = int(model.outputs[0].shape[-1])

    def predict(self, images: Images, targets: Ints | None = None) -> Prediction:
        """See ``Predictor.predict``; there are no maps."""
        del targets
        return Prediction(np.asarray(self._predict(_filled(images, self._batch_size)))[: len(images)])


class CamPredictor:
    """Predicts logits and the GradCAM map of one class per image, in one forward pass where the head allows it."""

    def __init__(self, model: keras.Model, *, feature_layer: str, batch_size: int) -> None:
        functions = classifier_functions(model, feature_layer=feature_layer)
        self.image_size: ImageSize = functions.image_size
        self.classes = functions.num_classes
        self._pass = ForwardPass(functions, classes=1, batch_size=batch_size)

    def predict(self, images: Images, targets: Ints | None = None) -> Prediction:
        """See ``Predictor.predict``."""
        asked = np.full(len(images), class_of_rank(0), np.int32) if targets is None else targets
        passed = self._pass(images, asked[:, None])
        return Prediction(passed.logits, passed.maps[GRADCAM][:, 0])


def _filled(images: Images, batch_size: int) -> Floats:
    """Pad images to the batch size by repeating them."""
    return np.resize(images, (batch_size, *images.shape[1:])).astype(np.float32)
