"""Lowers a TensorFlow function to StableHLO as the product's compiler does on a GPU; variables become arguments."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import tensorflow as tf

from bench.gpu.program import Array, Precision

_PRODUCT = re.compile(r"stablehlo\.(?:convolution|dot|dot_general)\b.*")
_UPDATED = re.compile(r"parameter_number = (\d+) : i64\}, output_index")


@dataclass(frozen=True, eq=False)
class Lowered:
    """A function for one batch size.

    Attributes:
        serialized: a portable artifact of StableHLO, which later versions of it can read.
        variables: the values that the variables had, which follow the arguments.
        updated: the arguments and variables, by position, that the function changes; it returns them last.
    """

    serialized: bytes
    variables: tuple[Array, ...]
    updated: tuple[int, ...]


def lowered(compute: Callable[..., Any], arguments: Sequence[Array], precision: Precision) -> Lowered:
    """Lower a function of tensors.

    Args:
        compute: the function; it may read and change variables.
        arguments: examples of what it takes.
        precision: whether TensorFloat-32 may stand for float32 in matrix products: TensorFlow says so in each product.

    Raises:
        ValueError: the lowered function computes in another precision.
    """
    signature = [tf.TensorSpec(each.shape, each.dtype) for each in arguments]
    with _tensor_float_32(allowed=precision != "float32"):
        function = tf.function(compute, input_signature=signature, autograph=False, jit_compile=True)
        concrete = function.get_concrete_function()
        lower = function.experimental_get_compiler_ir(*arguments)
        text, serialized = lower(stage="stablehlo"), lower(stage="stablehlo_serialized")
    require_precision(text, precision)
    variables = tuple(variable.numpy() for variable in captured_variables(concrete))
    return Lowered(serialized, variables, tuple(int(number) for number in _UPDATED.findall(text)))


def require_precision(text: str, precision: Precision) -> None:
    """Check in which precision the products of a StableHLO text are computed.

    Raises:
        ValueError: in another one.
    """
    products = _PRODUCT.findall(text)
    exact, coarse = (sum(mark in product for product in products) for mark in ("HIGHEST", "xbf16>"))
    found = {"float32": exact == len(products), "tf32": not exact and not coarse, "bfloat16": coarse > 0}
    if not products or not found[precision]:
        raise ValueError(
            f"{len(products)} products, {exact} of them in full float32 and {coarse} of bfloat16: expected {precision}"
        )


def captured_variables(concrete: Any) -> list[Any]:
    """The variables that a function reads, in the order in which it takes them after its arguments."""
    by_handle = {id(variable.handle): variable for variable in concrete.variables}
    return [by_handle[id(captured)] for captured in concrete.captured_inputs]


@contextmanager
def _tensor_float_32(*, allowed: bool) -> Iterator[None]:
    before = tf.config.experimental.tensor_float_32_execution_enabled()
    tf.config.experimental.enable_tensor_float_32_execution(allowed)
    try:
        yield
    finally:
        tf.config.experimental.enable_tensor_float_32_execution(before)
