"""Finds the logits before a classifier's final activation: explanations differentiate logits, not probabilities."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import keras
import numpy as np
from numpy.typing import NDArray

from ml.errors import UnusableModel
from ml.models.importing.final_activation import FinalActivation, final_activation, last_activation

Floats = NDArray[np.float32]
_PAIR = "two_class_logits"


@dataclass(frozen=True, eq=False)
class Head:
    """The logits of a model and the activation after them.

    Attributes:
        logits: Keras tensor (N, K).
        final_activation: what the model applies to them; ``logits`` for nothing.
        paired: one logit z was replaced by two, -z/2 and z/2, whose softmax is the sigmoid of z and its complement.
    """

    logits: Any
    final_activation: FinalActivation
    paired: bool

    def output(self, logits: Floats) -> Floats:
        """The output of the original model for these logits (n, K): (n, K), or (n, 1) where they are paired."""
        if self.paired:
            single = logits[:, 1:] - logits[:, :1]
            return sigmoid(single) if self.final_activation == "sigmoid" else single
        if self.final_activation == "logits":
            return logits
        shares = log_softmax(logits)
        return np.asarray(shares if self.final_activation == "log_softmax" else np.exp(shares), np.float32)


def find_logits(output: Any, *, two_classes: bool) -> Head:
    """Find the logits from which a model's output (N, K) is computed; its layers are not changed.

    Args:
        output: a Keras tensor of a flat graph.
        two_classes: whether a single output without an activation is the logit of the second of two classes.

    Raises:
        UnusableModel: the output is not (N, K), or is neither logits nor probabilities of exclusive classes.
    """
    if len(output.shape) != 2 or output.shape[-1] is None:
        raise UnusableModel(f"the model's output is {_shape(output)}, expected [N, classes]: end it in one Dense layer")
    classes, found = int(output.shape[-1]), final_activation(output)
    if found is None:
        if classes == 1:
            _require_single_logit(output, two_classes=two_classes)
        return Head(_pair(output) if classes == 1 else output, "logits", paired=classes == 1)
    if classes > 1 and "sigmoid" in found.kind:
        raise UnusableModel(
            f"the model ends in {classes} sigmoids: it judges each label by itself, and a softmax over them would "
            "show probabilities that are not the model's. Only classifiers with exclusive classes can be used: end "
            "the model in a softmax, in logits, or in a single sigmoid for two classes"
        )
    logits = (
        found.before
        if len(found.before.shape) == 2
        else keras.layers.Reshape((classes,), name="logits_of_classes")(found.before)
    )
    return Head(_pair(logits) if classes == 1 else logits, found.kind, paired=classes == 1)


def sigmoid(logits: Floats) -> Floats:
    """The sigmoid of logits of any shape, without overflow."""
    return np.asarray(np.exp(-np.logaddexp(0, -logits)), np.float32)


def log_softmax(logits: Floats) -> Floats:
    """The logarithm of the softmax over the last axis."""
    shifted = logits - logits.max(axis=-1, keepdims=True)
    return np.asarray(shifted - np.log(np.exp(shifted).sum(axis=-1, keepdims=True)), np.float32)


def _require_single_logit(output: Any, *, two_classes: bool) -> None:
    activation = last_activation(output)
    if activation is not None:
        raise UnusableModel(
            f"the model has a single output that ends in {activation}, which is no logit: end it in a sigmoid, in a "
            "Dense layer without an activation, or in one output per class"
        )
    if not two_classes:
        raise UnusableModel(
            "the model has a single output without an activation: say that it is the logit of the second of two "
            "classes by naming both, or end the model in one output per class",
            about="classes",
        )


def _pair(logit: Any) -> Any:
    """From one logit z to (-z/2, z/2)."""
    pair = keras.layers.Dense(2, use_bias=False, dtype="float32", name=_PAIR)
    pair.build(logit.shape)
    pair.set_weights([np.asarray([[-0.5, 0.5]], np.float32)])
    return pair(logit)


def _shape(tensor: Any) -> str:
    return str([None if side is None else int(side) for side in tensor.shape]).replace("None", "N")
