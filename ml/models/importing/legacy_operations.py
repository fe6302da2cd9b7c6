"""Puts layers of Keras in the place of operations on tensors, which Keras 2 wrote as ``TFOpLambda`` layers.

Only what computes the same is replaced. An operation with other arguments, or another one, stays as it is, and is
refused by its name when the configuration is checked.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

Config = dict[str, Any]
Place = list[Any]
Numbers = float | list[float]

OPERATIONS = ("TFOpLambda", "SlicingOpLambda")
"""The classes of such layers; what they call stands in their configuration as ``function``."""

_CONSTANT = "_CONSTANT_VALUE"
_IMAGE_AXES = [1, 2]
_IMAGE_RANK = 4


@dataclass(frozen=True)
class Call:
    """One call of an operation.

    Attributes:
        function: its name in TensorFlow, without ``tf.``.
        inputs: the tensors among its arguments, in order: layer, number of the call, number of the tensor.
        constant: its first argument, where that is no tensor.
        options: all further arguments that are no tensors.
    """

    function: str
    inputs: tuple[Place, ...]
    constant: Any
    options: Mapping[str, Any]


@dataclass(frozen=True)
class Replacement:
    """A layer or an operation of Keras, and its arguments."""

    name: str
    config: Mapping[str, Any]
    module: str = "keras.layers"


def replaced(part: Config) -> Config | None:
    """The configuration of a layer that computes what an operation does; None where none does."""
    call = _call(part)
    make = _MADE.get(call.function) if call is not None else None
    found = make(call) if call is not None and make is not None else None
    if found is None or call is None:
        return None
    name = part["config"].get("name")
    config = {"name": name, **({"dtype": "float32"} if found.module == "keras.layers" else {}), **found.config}
    place = {} if "module" not in part and found.module == "keras.layers" else {"module": found.module}
    named = {**place, "registered_name": None} if place else {}
    nodes = [[[*place_of, {}] for place_of in call.inputs]]
    return {**part, **named, "class_name": found.name, "config": config, "inbound_nodes": nodes}


def is_reference(value: Any) -> bool:
    """Whether a value names an output: layer, number of the call, number of the tensor."""
    start = value[:3] if isinstance(value, list) else []
    return len(start) == 3 and isinstance(start[0], str) and isinstance(start[1], int) and isinstance(start[2], int)


def _call(part: Config) -> Call | None:
    """How an operation is called; None where it is called several times, or in another form."""
    function, nodes = part["config"].get("function"), part.get("inbound_nodes")
    if (
        not isinstance(function, str)
        or not isinstance(nodes, list)
        or len(nodes) != 1
        or not isinstance(nodes[0], list)
    ):
        return None
    node = nodes[0]
    constant = node[2] if len(node) > 3 and node[0] == _CONSTANT else None
    firsts = [node] if constant is not None or is_reference(node) else node
    if not all(isinstance(each, list) and len(each) > 3 and isinstance(each[3], dict) for each in firsts) or not firsts:
        return None
    first = [each[:3] for each in firsts] if constant is None else []
    if not all(map(is_reference, first)):
        return None
    options = firsts[0][3]
    further = [value[:3] for value in options.values() if is_reference(value)]
    plain = {key: value for key, value in options.items() if value is not None and not is_reference(value)}
    return Call(function.removeprefix("tf."), (*first, *further), constant, plain)


def _numbers(value: Any) -> Numbers | None:
    """A number, or one for each channel; None for anything else."""
    while isinstance(value, list) and len(value) == 1 and isinstance(value[0], list):
        value = value[0]
    plain = value if isinstance(value, list) else [value]
    if not plain or not all(isinstance(each, int | float) and not isinstance(each, bool) for each in plain):
        return None
    return [float(each) for each in plain] if isinstance(value, list) else float(value)


def _rescaling(scale: Numbers, offset: Numbers) -> Replacement:
    return Replacement("Rescaling", {"scale": scale, "offset": offset})


def _each(numbers: Numbers, function: Callable[[float], float]) -> Numbers:
    return [function(each) for each in numbers] if isinstance(numbers, list) else function(numbers)


def _arithmetic(layer: str, *, offset: bool, reverse: float) -> Callable[[Call], Replacement | None]:
    """For an operation of two operands: a layer for two tensors, a ``Rescaling`` for a tensor and numbers.

    Args:
        layer: for two tensors.
        offset: whether the numbers are added; else they are factors.
        reverse: −1 where the second operand is subtracted.
    """

    def made(call: Call) -> Replacement | None:
        if len(call.inputs) == 2:
            return Replacement(layer, {}) if layer else None
        numbers = _numbers(call.options.get("y") if call.constant is None else call.constant)
        if len(call.inputs) != 1 or numbers is None:
            return None
        if not offset:
            return _rescaling(numbers, 0.0)
        if call.constant is not None:
            return _rescaling(reverse, numbers)
        return _rescaling(1.0, _each(numbers, lambda each: reverse * each))

    return made


def _division(call: Call) -> Replacement | None:
    numbers = _numbers(call.options.get("y"))
    if (
        numbers is None
        or len(call.inputs) != 1
        or call.constant is not None
        or 0.0 in ([numbers] if isinstance(numbers, float) else numbers)
    ):
        return None
    return _rescaling(_each(numbers, lambda each: 1 / each), 0.0)


def _bias(call: Call) -> Replacement | None:
    numbers = _numbers(call.options.get("bias"))
    channels_last = call.options.get("data_format") in {None, "NHWC", "channels_last"}
    return _rescaling(1.0, numbers) if isinstance(numbers, list) and channels_last else None


def _cast(call: Call) -> Replacement | None:
    kinds = {"float16", "bfloat16", "float32", "float64"}
    return Replacement("Activation", {"activation": "linear"}) if call.options.get("dtype") in kinds else None


def _reshape(call: Call) -> Replacement | None:
    shape = call.options.get("shape")
    if not isinstance(shape, list) or len(shape) < 2 or shape[0] != -1 or shape[1:].count(-1) > 1:
        return None
    return Replacement("Reshape", {"target_shape": shape[1:]}) if all(isinstance(each, int) for each in shape) else None


def _resize(call: Call) -> Replacement | None:
    size, method = call.options.get("size"), call.options.get("method", "bilinear")
    known = {"bilinear", "nearest", "bicubic", "lanczos3", "lanczos5"}
    odd = call.options.get("antialias") or call.options.get("preserve_aspect_ratio")
    if not isinstance(size, list) or len(size) != 2 or method not in known or odd:
        return None
    return Replacement("Resizing", {"height": size[0], "width": size[1], "interpolation": method})


def _concatenation(call: Call) -> Replacement | None:
    axis = call.options.get("axis")
    return (
        Replacement("Concatenate", {"axis": axis}) if isinstance(axis, int) and axis and len(call.inputs) > 1 else None
    )


def _pooling(layer: str) -> Callable[[Call], Replacement | None]:
    def made(call: Call) -> Replacement | None:
        keep = bool(call.options.get("keepdims"))
        return Replacement(layer, {"keepdims": keep}) if call.options.get("axis") == _IMAGE_AXES else None

    return made


def _reversed_channels(call: Call) -> Replacement | None:
    """``x[..., ::-1]``, by which RGB becomes BGR."""
    *before, last = call.options.get("slice_spec") or [None]
    whole = {"start": None, "stop": None, "step": None}
    dots = before in ([{"class_name": "__ellipsis__"}], ["..."])
    if last != {**whole, "step": -1} or not (dots or before == [whole] * (_IMAGE_RANK - 1)):
        return None
    return Replacement("Flip", {"axis": -1}, module="keras.src.ops.numpy")


def _alone(layer: str, **config: Any) -> Callable[[Call], Replacement | None]:
    """For an operation without further arguments."""

    def made(call: Call) -> Replacement | None:
        options = {key: value for key, value in call.options.items() if key != "name"}
        return Replacement(layer, config) if len(call.inputs) == 1 and not options else None

    return made


def _softmax(call: Call) -> Replacement | None:
    axis = call.options.get("axis", -1)
    return Replacement("Softmax", {"axis": axis}) if isinstance(axis, int) and axis else None


_Made = Callable[[Call], Replacement | None]
_ADD, _SUBTRACT = (_arithmetic(name, offset=True, reverse=sign) for name, sign in (("Add", 1.0), ("Subtract", -1.0)))
_MULTIPLY = _arithmetic("Multiply", offset=False, reverse=1.0)
_MADE: Mapping[str, _Made] = MappingProxyType(
    {
        **dict.fromkeys(("math.add", "add", "__operators__.add"), _ADD),
        **dict.fromkeys(("math.subtract", "subtract"), _SUBTRACT),
        **dict.fromkeys(("math.multiply", "multiply"), _MULTIPLY),
        **dict.fromkeys(("math.truediv", "truediv", "math.divide", "divide"), _division),
        "nn.bias_add": _bias,
        **dict.fromkeys(("cast", "dtypes.cast"), _cast),
        "reshape": _reshape,
        **dict.fromkeys(("image.resize", "image.resize_v2"), _resize),
        **dict.fromkeys(("concat", "concat_v2"), _concatenation),
        **dict.fromkeys(("math.reduce_mean", "reduce_mean"), _pooling("GlobalAveragePooling2D")),
        **dict.fromkeys(("math.reduce_max", "reduce_max"), _pooling("GlobalMaxPooling2D")),
        "__operators__.getitem": _reversed_channels,
        "identity": _alone("Activation", activation="linear"),
        "nn.relu": _alone("ReLU"),
        "nn.relu6": _alone("ReLU", max_value=6.0),
        **dict.fromkeys(("math.sigmoid", "sigmoid", "nn.sigmoid"), _alone("Activation", activation="sigmoid")),
        **dict.fromkeys(("math.tanh", "tanh", "nn.tanh"), _alone("Activation", activation="tanh")),
        **dict.fromkeys(("nn.silu", "nn.swish"), _alone("Activation", activation="silu")),
        **dict.fromkeys(("nn.softmax", "math.softmax"), _softmax),
    }
)
