"""Finds the logits before a classifier's final activation: explanations differentiate logits, not probabilities."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

import keras
import numpy as np
from numpy.typing import NDArray

from ml.errors import UnusableModel

FinalActivation = Literal["logits", "softmax", "log_softmax", "sigmoid"]
Floats = NDArray[np.float32]
_FINAL_ACTIVATIONS: dict[str, FinalActivation] = {
    "softmax": "softmax",
    "log_softmax": "log_softmax",
    "sigmoid": "sigmoid",
}
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
            return np.asarray(1 / (1 + np.exp(-single)), np.float32) if self.final_activation == "sigmoid" else single
        if self.final_activation == "logits":
            return logits
        shifted = logits - logits.max(axis=1, keepdims=True)
        shares = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
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
    logits, final_activation = _without_activation(output)
    classes = int(output.shape[-1])
    if classes == 1:
        if final_activation == "logits" and not two_classes:
            raise UnusableModel(
                "the model has a single output without an activation: say that it is the logit of the second of two "
                "classes by naming both, or end the model in one output per class",
                about="classes",
            )
        return Head(_pair(logits), final_activation, paired=True)
    if final_activation == "sigmoid":
        raise UnusableModel(
            f"the model ends in {classes} sigmoids: it judges each label by itself, and a softmax over them would "
            "show probabilities that are not the model's. Only classifiers with exclusive classes can be used: end "
            "the model in a softmax, in logits, or in a single sigmoid for two classes"
        )
    return Head(logits, final_activation, paired=False)


def looks_like_probabilities(values: Floats) -> bool:
    """Whether outputs (n, K) are at least 0 and sum to 1, as logits never do by chance."""
    return bool((values >= 0).all() and np.allclose(values.sum(axis=1), 1, atol=1e-3))


def _without_activation(output: Any) -> tuple[Any, FinalActivation]:
    """The tensor before a final softmax or sigmoid, which may be a layer, an operation or part of a Dense layer."""
    history = output._keras_history
    operation = history.operation
    before = operation._inbound_nodes[history.node_index].input_tensors[0]
    if isinstance(operation, keras.layers.Softmax):
        _require_last_axis(operation, output)
        return before, "softmax"
    final_activation = _activation_of(operation)
    if final_activation is None:
        return output, "logits"
    if isinstance(operation, keras.layers.Activation):
        return before, final_activation
    if isinstance(operation, keras.layers.Dense):
        return _linear_copy(operation, before.shape)(before), final_activation
    if isinstance(operation, keras.Layer):
        raise UnusableModel(
            f"the {final_activation} is fused into the last layer {operation.name!r}, a {type(operation).__name__}: "
            "end the model in a Dense layer, or in an Activation layer of its own"
        )
    _require_last_axis(operation, output)
    return before, final_activation


def _activation_of(operation: Any) -> FinalActivation | None:
    """The final activation of a layer, or of an operation of ``keras.ops``; None for any other."""
    activation: Callable[..., Any] | None = getattr(operation, "activation", None)
    if activation is not None:
        return _FINAL_ACTIVATIONS.get(getattr(activation, "__name__", ""))
    if isinstance(operation, keras.Layer):
        return None
    return {"Softmax": "softmax", "LogSoftmax": "log_softmax", "Sigmoid": "sigmoid"}.get(type(operation).__name__)  # type: ignore[return-value]


def _require_last_axis(operation: Any, output: Any) -> None:
    axis = getattr(operation, "axis", -1)
    if axis not in {-1, len(output.shape) - 1}:
        raise UnusableModel(f"the last layer {operation.name!r} is a softmax over axis {axis}, expected the classes")


def _linear_copy(dense: Any, shape: Any) -> Any:
    """A copy of a layer without its activation; the original is not changed."""
    linear = type(dense).from_config({**dense.get_config(), "activation": "linear", "dtype": "float32"})
    linear.build(shape)
    linear.set_weights(dense.get_weights())
    return linear


def _pair(logit: Any) -> Any:
    """From one logit z to (-z/2, z/2)."""
    pair = keras.layers.Dense(2, use_bias=False, dtype="float32", name=_PAIR)
    pair.build(logit.shape)
    pair.set_weights([np.asarray([[-0.5, 0.5]], np.float32)])
    return pair(logit)


def _shape(tensor: Any) -> str:
    return str([None if side is None else int(side) for side in tensor.shape]).replace("None", "N")
