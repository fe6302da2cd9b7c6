"""Centres the logits of a classifier: subtracts their mean over the classes, which changes no prediction.

Training does not keep that mean in place: softmax ignores it, but the steps of Adam do not sum to zero over the
classes. Gradients of a single logit depend on it, so others who explain the model see a drift that means nothing
(Wang & Wang 2022, "Why Not Other Classes?", section 3). Florescope's default score does not depend on it.
"""

from __future__ import annotations

import keras
import numpy as np
import numpy.typing as npt

from ml.models.classifier import LOGITS

Floats = npt.NDArray[np.float32]


def centred(weights: Floats) -> Floats:
    """Weights (..., K) of a linear layer, or its bias (K,), minus their mean over the K classes."""
    exact = weights.astype(np.float64)
    return np.asarray(exact - exact.mean(axis=-1, keepdims=True), np.float32)


def centre_logits(model: keras.Model) -> None:
    """Centre the last layer of a classifier of ``ml.models.classifier``, in place: its logits then sum to zero."""
    layer = model.get_layer(LOGITS)
    layer.set_weights([centred(weights) for weights in layer.get_weights()])
