"""Compiles a function for batches of one fixed size, and applies it to any number of rows.

It is compiled again only when memory runs out: then the batch size is halved.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from threading import Lock
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt
import tensorflow as tf

from ml.device import on_gpu
from ml.errors import MlError

Scalar = TypeVar("Scalar", bound=np.generic)
Row = tuple[tuple[int, ...], Any]  # shape and dtype of one row


class FixedBatch:
    """Pads each batch, computes it, and drops the padding; several threads may call it at once.

    Args:
        compute: tensors with the batch as first axis → a tuple of such tensors; no row may depend on another.
        rows: shape and TensorFlow dtype of one row of each argument.
        size: rows per batch.
        small: a second size for few rows, which would otherwise be mostly padding; 0 for none.
    """

    def __init__(self, compute: Callable[..., Any], rows: Sequence[Row], *, size: int, small: int = 0) -> None:
        self._compute, self._rows = compute, rows
        self.size, self._small = size, small
        self._functions: dict[int, Any] = {}
        self._dropped_traces = 0
        self._first_traces: int | None = None  # when the first batch was done
        self._lock = Lock()

    def __call__(self, *arrays: npt.NDArray[Any]) -> tuple[npt.NDArray[Any], ...]:
        """Compute all rows, in as many batches as needed.

        Raises:
            MlError: there is not enough memory for one row.
        """
        parts, start = list[tuple[Any, ...]](), 0
        while start < len(arrays[0]):
            functions = self._compiled()
            size = max(functions)
            part = [array[start : start + size] for array in arrays]
            try:
                parts.append(self._batch(functions, part))
            except tf.errors.ResourceExhaustedError as error:
                self._halve(size, error)
            else:
                start += len(part[0])
                self._first_traces = self.traces if self._first_traces is None else self._first_traces
        return parts[0] if len(parts) == 1 else tuple(np.concatenate(column) for column in zip(*parts, strict=True))

    @property
    def traces(self) -> int:
        """How many times the function was traced; more than once per size costs time."""
        counts = (function.experimental_get_tracing_count() for function in self._functions.values())
        return self._dropped_traces + sum(counts)

    @property
    def later_traces(self) -> int:
        """How many times the function was traced after the first batch: 0, unless memory ran short later."""
        return 0 if self._first_traces is None else self.traces - self._first_traces

    def _batch(self, functions: Mapping[int, Any], arrays: Sequence[npt.NDArray[Any]]) -> tuple[npt.NDArray[Any], ...]:
        count = len(arrays[0])
        size = min(size for size in functions if size >= count)
        found = functions[size](*(padded(array, size) for array in arrays))
        return tuple(np.asarray(part)[:count] for part in found)

    def _compiled(self) -> Mapping[int, Any]:
        """The function for each size; all are traced at the first call, so that no later call has to wait."""
        with self._lock:
            if not self._functions:
                self._functions = {size: self._traced(size) for size in {self.size, self._small} - {0}}
            return self._functions

    def _traced(self, size: int) -> Any:
        signature = [tf.TensorSpec((size, *shape), dtype) for shape, dtype in self._rows]
        function = tf.function(self._compute, input_signature=signature, autograph=False, jit_compile=on_gpu())
        function.get_concrete_function()
        return function

    def _halve(self, size: int, error: Exception) -> None:
        if size == 1:
            raise MlError(f"memory does not suffice for a single image: use a smaller model ({error})") from error
        with self._lock:
            if size != self.size:  # another thread was faster
                return
            self._dropped_traces = self.traces
            self._functions = {}
            self.size //= 2
            self._small = min(self._small, self.size)


def padded(values: npt.NDArray[Scalar], size: int) -> npt.NDArray[Scalar]:
    """Pad values to ``size`` rows with copies of the first row; the same array where it has that many."""
    missing = size - len(values)
    if missing == 0:
        return values
    return np.concatenate([values, np.repeat(values[:1], missing, axis=0)])
