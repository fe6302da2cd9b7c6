"""Compares an imported model with its original on random images: outputs, and probabilities of classes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import keras
import numpy as np
from numpy.typing import NDArray

from ml.errors import UnusableModel
from ml.models.importing.model_head import Head, log_softmax, sigmoid

Floats = NDArray[np.float32]
CHECKED_IMAGES = 4
# Pixels far outside of 0..255: values that have no bounds leave the range of probabilities on one of them.
_FACTORS = (-1.0, 30.0, -30.0, 1000.0)
_SUM_OF_SHARES = 1e-2  # bfloat16 has eight bits


def example_images(height: int, width: int) -> Floats:
    """Random noise and smooth random pictures, (n, height, width, 3) float32 raw RGB."""
    rng = np.random.default_rng(0)
    noise = rng.integers(0, 256, (CHECKED_IMAGES // 2, height, width, 3)).astype(np.float32)
    corners = rng.uniform(0, 255, (CHECKED_IMAGES - len(noise), 3, 3, 3)).astype(np.float32)
    smooth = np.asarray(keras.ops.image.resize(corners, (height, width)))
    return np.concatenate([noise, np.clip(smooth, 0, 255)])


def require_no_probabilities(head: Head, outputs: Callable[[Any], Floats], images: Floats, *, expected: Floats) -> None:
    """Require that outputs which are read as logits are numbers, and do not always lie between 0 and 1.

    Args:
        head: what was read.
        outputs: of the original model, (n, K).
        images: raw RGB; they are also made brighter and darker than any picture can be.
        expected: ``outputs(images)``.

    Raises:
        UnusableModel: they do, or there is no number among them.
    """
    if not np.isfinite(expected).any():
        raise UnusableModel("the model's outputs for random images are no numbers (NaN or infinite): send another one")
    if head.final_activation != "logits" or not _within(expected):
        return
    if not all(_within(outputs(images * factor)) for factor in _FACTORS):
        return
    raise UnusableModel(
        "the model's outputs lie between 0 and 1 whatever the image: they are probabilities, but no softmax or "
        "sigmoid is its last layer. End it in the softmax, in a single sigmoid for two classes, or in the logits before"
    )


def difference(head: Head, logits: Floats, expected: Floats, *, allowed: float) -> float:
    """The largest difference between the outputs of the flat model and the original, relative to the largest.

    Args:
        head: what was read from the layers.
        logits: (n, K) of the flat model.
        expected: outputs of the original.
        allowed: for the outputs, and for the probabilities of the classes.

    Raises:
        UnusableModel: outputs or probabilities differ by more.
    """
    found = head.output(logits)
    scale = max(1.0, float(np.abs(expected).max()))
    differs = float(np.abs(found - expected).max()) / scale
    shares = 0.0
    if head.final_activation != "logits":  # what is read as logits was found to be no probabilities before
        shares = float(np.abs(np.exp(log_softmax(logits)) - class_probabilities(expected)).max())
    if differs <= allowed and shares <= allowed:
        return differs
    raise UnusableModel(
        f"laid out as one flat graph, the model gives other outputs than before (they differ by {differs:.2g}, "
        f"probabilities of classes by {shares:.2g}, allowed is {allowed:.2g}): a layer computes something else at "
        "inference than its graph says"
    )


def class_probabilities(outputs: Floats) -> Floats:
    """The probabilities of all classes, (n, K) or (n, 2) for a single output, by the values of the outputs alone.

    It knows no layer, so that it can contradict what was read from the layers.
    """
    if outputs.shape[1] == 1:
        second = outputs if _within(outputs) else sigmoid(outputs)
        return np.concatenate([1 - second, second], axis=1)
    if _within(outputs) and np.allclose(outputs.sum(axis=1), 1, atol=_SUM_OF_SHARES):
        return outputs
    return np.asarray(np.exp(log_softmax(outputs)), np.float32)


def _within(outputs: Floats) -> bool:
    """Whether all outputs that are numbers lie between 0 and 1."""
    numbers = outputs[np.isfinite(outputs)]
    return bool(((numbers >= 0) & (numbers <= 1)).all())
