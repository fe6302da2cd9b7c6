"""Finds the activation that a classifier's outputs come out of, through whatever changes nothing after it.

A probability that is taken for a logit gives wrong probabilities without any error. So what follows the last softmax
or sigmoid (casts, reshapes, dropout, linear activations) is not judged by its name: it is run, and either gives back
what it gets, or the model is refused.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

import keras
import numpy as np

from ml.errors import UnusableModel

FinalActivation = Literal["logits", "softmax", "log_softmax", "sigmoid"]
Squashing = Literal["softmax", "log_softmax", "sigmoid"]
_READ: dict[str, Squashing] = {"softmax": "softmax", "log_softmax": "log_softmax", "sigmoid": "sigmoid"}
_READ_OPERATIONS: dict[str, Squashing] = {"Softmax": "softmax", "LogSoftmax": "log_softmax", "Sigmoid": "sigmoid"}
# Functions and operations whose values have bounds, or that lose the sign or size of a logit.
_BOUNDED = frozenset(
    {"hard_sigmoid", "hard_tanh", "log_sigmoid", "relu6", "softsign", "sparse_sigmoid", "sparsemax", "tanh"}
)
_BOUNDED_OPERATIONS = frozenset(
    {"Arctan", "Argmax", "Clip", "Cos", "Erf", "HardSigmoid", "HardTanh", "LogSigmoid", "OneHot", "Relu6", "Sign"}
    | {"Sin", "Softsign", "SparseSigmoid", "Sparsemax", "Tanh"}
)
_UNCHANGED = 2e-3  # relative; float16 has eleven bits
_ROWS = 5


@dataclass(frozen=True, eq=False)
class Found:
    """A final activation, and what the model applies it to.

    Attributes:
        kind: the function.
        before: the Keras tensor that it is applied to, of any shape with K values an image; where it is part of a
            layer with weights, what that layer computes without it.
    """

    kind: Squashing
    before: Any


def final_activation(output: Any) -> Found | None:
    """The softmax or sigmoid behind an output (N, K); None where the output is a score without bounds.

    Raises:
        UnusableModel: the outputs have bounds, but are not the plain values of one softmax or sigmoid.
    """
    tensor = output
    while (kind := _kind(_operation(tensor))) is None:
        sources = _sources(tensor)
        if len(sources) != 1 or _has_weights(_operation(tensor)):
            _require_unbounded(output)
            return None
        tensor = sources[0]
    if not _changes_nothing(tensor, output, kind):
        _require_unbounded(output)
        return None
    if "softmax" in kind:
        _require_all_classes(tensor, classes=int(output.shape[-1]))
    return Found(kind, _without(tensor, kind))


def last_activation(output: Any) -> str | None:
    """The name of another activation in which an output ends; None where it ends in none, or in a linear one."""
    operation = _operation(output)
    name = getattr(getattr(operation, "activation", None), "__name__", None)
    if name is None and type(operation).__name__ in {"ReLU", "Relu", "LeakyReLU", "ELU", "Elu", "Softplus", "Exp"}:
        name = type(operation).__name__
    return None if name == "linear" else name


def _operation(tensor: Any) -> Any:
    return tensor._keras_history.operation


def _sources(tensor: Any) -> list[Any]:
    history = tensor._keras_history
    return list(history.operation._inbound_nodes[history.node_index].input_tensors)


def _has_weights(operation: Any) -> bool:
    return isinstance(operation, keras.Layer) and bool(operation.weights)


def _kind(operation: Any) -> Squashing | None:
    """The final activation of a layer, or of an operation of ``keras.ops``; None for any other."""
    if isinstance(operation, keras.layers.Softmax):
        return "softmax"
    activation = getattr(operation, "activation", None)
    if activation is not None:
        return _READ.get(getattr(activation, "__name__", ""))
    return None if isinstance(operation, keras.Layer) else _READ_OPERATIONS.get(type(operation).__name__)


def _bounded(operation: Any) -> str | None:
    """The name of the function that bounds the values of an operation; None where nothing does."""
    kind = _kind(operation)
    if kind is not None:
        return kind
    name = getattr(getattr(operation, "activation", None), "__name__", "")
    if name in _BOUNDED:
        return str(name)
    if isinstance(operation, keras.layers.ReLU) and operation.max_value is not None:
        return f"ReLU up to {operation.max_value:g}"
    kind_of = type(operation).__name__
    return kind_of if not isinstance(operation, keras.Layer) and kind_of in _BOUNDED_OPERATIONS else None


def _changes_nothing(inner: Any, output: Any, kind: Squashing) -> bool:
    """Whether the layers from ``inner`` to ``output`` give back every value that the activation can have, in order."""
    if inner is output:
        return True
    shape = inner.shape[1:]
    if None in shape or int(np.prod(shape)) != int(output.shape[-1]):
        return False
    values = np.random.default_rng(0).uniform(0.05, 0.95, (_ROWS, *shape)).astype(np.float32)
    values = np.log(values) if kind.startswith("log_") else values
    found = np.asarray(keras.Function(inner, output)(values), np.float32)
    return bool(np.allclose(found, values.reshape(found.shape), rtol=_UNCHANGED, atol=_UNCHANGED))


def _require_all_classes(tensor: Any, *, classes: int) -> None:
    """Require that a softmax runs over all the classes of an image together."""
    operation = _operation(tensor)
    axis = getattr(operation, "axis", -1)
    axes = [axis] if isinstance(axis, int) else list(axis or [])
    taken = int(np.prod([tensor.shape[each] or 0 for each in axes if each % len(tensor.shape)]))
    if taken != classes:
        raise UnusableModel(
            f"the last layer {operation.name!r} is a softmax over axis {axis} of {list(tensor.shape)}, expected one "
            "over all the classes"
        )
    if classes == 1:
        raise UnusableModel(
            f"the last layer {operation.name!r} is a softmax over a single output, which is always 1: end the model "
            "in a sigmoid, or in one output per class"
        )


def _without(tensor: Any, kind: Squashing) -> Any:
    """What an activation is applied to; a layer with weights that contains it is copied without it."""
    operation, before = _operation(tensor), _sources(tensor)[0]
    if not isinstance(operation, keras.Layer) or isinstance(operation, keras.layers.Softmax | keras.layers.Activation):
        return before
    if "activation" not in operation.get_config() or len(_sources(tensor)) != 1 or hasattr(operation, "cell"):
        raise UnusableModel(
            f"the {kind} is fused into the last layer {operation.name!r}, a {type(operation).__name__}: "
            "end the model in a Dense layer, or in an Activation layer of its own"
        )
    linear = type(operation).from_config({**operation.get_config(), "activation": "linear", "dtype": "float32"})
    linear.build(before.shape)
    linear.set_weights(operation.get_weights())
    return linear(before)


def _require_unbounded(output: Any) -> None:
    """Require that a layer with weights, and no squashing function after it, gives the outputs or part of them.

    Raises:
        UnusableModel: all that the outputs are computed from has gone through a squashing function.
    """
    squashed = list(_squashed(output))
    if None in squashed or not squashed:
        return
    places = ", ".join(sorted({f"{name} in {operation.name!r}" for name, operation in filter(None, squashed)})[:4])
    last = _operation(output)
    after = "" if any(operation is last for _, operation in filter(None, squashed)) else f", changed by {last.name!r}"
    raise UnusableModel(
        f"the model's outputs are no logits: they are values with bounds ({places}{after}), and not the plain values "
        "of one softmax or sigmoid. End the model in the logits themselves (a Dense layer without an activation), in "
        "a softmax, or in a single sigmoid for two classes"
    )


def _squashed(output: Any) -> Iterator[tuple[str, Any] | None]:
    """What bounds the values an output is computed from, without any weights after it; None for what has no bounds."""
    waiting, seen = [output], set[int]()
    while waiting:
        tensor = waiting.pop()
        if id(tensor) in seen:
            continue
        seen.add(id(tensor))
        operation = _operation(tensor)
        name, sources = _bounded(operation), _sources(tensor)
        if name is not None:
            yield name, operation
        elif not sources or (_has_weights(operation) and not isinstance(operation, keras.layers.BatchNormalization)):
            yield None
        else:
            waiting.extend(sources)
