"""Teaches tf2onnx an operation of Keras' own functions that it does not know."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np


@cache
def register_operations() -> None:
    """Make known to tf2onnx: Erfc, which the exact GELU of Keras uses; ONNX has Erf alone."""
    from tf2onnx.handler import tf_op  # noqa: PLC0415  (only here)

    tf_op("Erfc")(_Erfc)


class _Erfc:
    """1 - Erf(x)."""

    @classmethod
    def version_9(cls, graph: Any, node: Any, **_: Any) -> None:
        """For every version of ONNX that has Erf."""
        [name], [source] = node.output, node.input
        dtype, shape = graph.get_dtype(name), graph.get_shape(name)
        graph.remove_node(node.name)
        erf = graph.make_node("Erf", [source], dtypes=[dtype], shapes=[shape])
        one = graph.make_const(f"{node.name}_one", np.ones((), np.float32))
        graph.make_node("Sub", [one.output[0], erf.output[0]], outputs=[name], dtypes=[dtype], shapes=[shape])
