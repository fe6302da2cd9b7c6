"""Chooses the precision of training: bfloat16 and XLA are used only where a measured step is faster with them."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import keras
import tensorflow as tf

MIN_SPEEDUP = 1.15
"""How many times faster than float32 another arithmetic must be."""
STEPS = 3


@dataclass(frozen=True)
class Arithmetic:
    """How a training step computes; variables are always float32."""

    bfloat16: bool = False
    xla: bool = False

    def __str__(self) -> str:
        """The arithmetic in words, for people."""
        return ("bfloat16" if self.bfloat16 else "float32") + (" with XLA" if self.xla else "")

    @contextmanager
    def policy(self) -> Iterator[None]:
        """Layers that are made inside compute this way."""
        before = keras.config.dtype_policy()
        keras.config.set_dtype_policy("mixed_bfloat16" if self.bfloat16 else "float32")
        try:
            yield
        finally:
            keras.config.set_dtype_policy(before)


FLOAT32 = Arithmetic()


def fastest_arithmetic(precision: str, step_with: Callable[[Arithmetic], Callable[[], object]]) -> Arithmetic:
    """The arithmetic for a precision; with ``auto`` the one in which a step is fastest.

    Args:
        precision: ``float32``, ``bfloat16``, or ``auto`` to measure both, and XLA where there is a GPU.
        step_with: builds a network with an arithmetic and returns a function that runs one step.
    """
    if precision != "auto":
        return Arithmetic(bfloat16=precision == "bfloat16")
    candidates = [Arithmetic(), Arithmetic(bfloat16=True)]
    if tf.config.list_logical_devices("GPU"):
        candidates += [Arithmetic(xla=True), Arithmetic(bfloat16=True, xla=True)]
    seconds = {candidate: fastest_step_s(step_with(candidate)) for candidate in candidates}
    plain = seconds[candidates[0]]
    best = min(candidates, key=lambda candidate: seconds[candidate])
    return best if seconds[best] * MIN_SPEEDUP <= plain else candidates[0]


def fastest_step_s(step: Callable[[], object]) -> float:
    """Seconds of the fastest of a few steps, after one that compiles."""
    step()
    times = []
    for _ in range(STEPS):
        started_at = time.perf_counter()
        step()
        times.append(time.perf_counter() - started_at)
    return min(times)
